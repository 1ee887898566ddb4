"""The cases, who is known to fail which, and what all of them are written with."""

import struct

import dns.rcode
import dns.rdatatype

from support.wire import parse, question

CASES = {}

# The server, the case, and what the server does in place of what the case wants.
DIFFERENCES = {
    ("knot", "qclass 255"): "answers with data of class IN",
    ("knot", "edns version 1 with option NSID"): "answers the NSID, too",
    ("knot", "cookie without a question"): "FORMERR, or BADCOOKIE",
    ("knot", "opt record with an owner"): "takes it",
    ("nsd", "qclass 255"): "answers with data of class IN",
    ("nsd", "unknown opcode with all flags"): "repeats flags",
    ("nsd", "options without end NSID, COOKIE and PADDING"): "sends a malformed reply",
}

AA, TC, RD, RA, Z, AD, CD = 0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010
NAME = "web.marathon.mesos"
MANY = "many.marathon.mesos"
NOERROR, FORMERR, NXDOMAIN, NOTIMP, REFUSED, NOTAUTH = 0, 1, 3, 4, 5, 9
SOA_RECORD = question("mesos", 6) + struct.pack("!IH", 0, 22) + b"\0\0" + struct.pack("!5I", 1, 1, 1, 1, 1)
NSID, SUBNET, EXPIRE, COOKIE, PADDING = 3, 8, 9, 10, 12


def case(rule, *parameters):
    """Registers a case by its name; with parameters, one case for each, whose name ends with it."""

    def register(check):
        name = check.__name__.replace("_", " ")
        if not parameters:
            CASES[name] = (rule, check)
        for parameter in parameters:
            value = parameter[0] if isinstance(parameter, tuple) else parameter
            CASES[f"{name} {value}"] = (rule, lambda peer, p=parameter: check(peer, p))
        return check

    return register


def records(reply, rdtype="A"):
    wanted = dns.rdatatype.from_text(rdtype)
    return [record for rrset in reply.answer if rrset.rdtype == wanted for record in rrset]


def assert_flags(reply, wanted):
    """Exactly these of the seven flags that a reply may have; AD is for resolvers."""
    found = reply.flags & (AA | TC | RD | RA | Z | AD | CD)
    assert found == wanted, f"flags {found:#06x} in place of {wanted:#06x}"


def assert_soa(reply, flags=AA):
    assert reply.rcode() == NOERROR
    assert_flags(reply, flags)
    assert len(records(reply, "SOA")) == 1


def assert_negative(reply, rcode):
    assert reply.rcode() == rcode
    assert reply.flags & AA
    assert not reply.answer
    (soa,) = reply.authority
    assert (soa.name.to_text(), soa.rdtype) == ("mesos.", dns.rdatatype.SOA)
    assert soa.ttl == min(soa.ttl, soa[0].minimum)


def assert_error_or_silence(octets, rcodes):
    """An error reply without data, or none."""
    if octets is None:
        return
    reply = parse(octets)
    assert reply.rcode() in rcodes, dns.rcode.to_text(reply.rcode())
    assert not reply.answer
