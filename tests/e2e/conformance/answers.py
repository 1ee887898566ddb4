"""What names lead to, and how much of it fits."""

import dns.rcode
import dns.rdatatype

from support.wire import opt, parse, query

from .cases import (AA, FORMERR, MANY, NAME, NOERROR, NOTIMP, NXDOMAIN, RA, RD, REFUSED, TC, assert_flags,
                    assert_negative, case, records)


# Of data.
REGISTERED_TYPES = [*range(1, 41), *range(42, 54), *range(55, 67), *range(99, 110), *range(256, 263), 32768, 32769]


# --- answers: RFC 1034, RFC 2308, RFC 2782, RFC 8020, RFC 8482


@case("RFC 1034 section 4.3.2")
def addresses(peer):
    reply = peer.ask(query(flags=0))
    assert_flags(reply, AA)
    assert sorted(record.address for record in records(reply)) == ["10.0.0.1", "10.0.0.2"]


@case("RFC 2308 section 3: the SOA says how long")
def no_such_name(peer):
    assert_negative(peer.ask(query("nobody.marathon.mesos")), NXDOMAIN)


@case("RFC 8020: below a name without children is nothing")
def below_a_name(peer):
    assert_negative(peer.ask(query("x.y." + NAME)), NXDOMAIN)


@case("RFC 8906 section 8.1.2: no registered type is refused or left without a reply")
def registered_types(peer):
    for rdtype in REGISTERED_TYPES:
        reply = peer.ask(query(rdtype=rdtype))
        assert (rdtype, reply.rcode()) == (rdtype, NOERROR)
        assert_flags(reply, AA | RD)


@case("RFC 2308 section 2.2", "AAAA", "SRV", "MX", "TXT", "CNAME", "NS", "SOA", "PTR", "HINFO", "NAPTR", "DS", "DNSKEY",
      "NSEC", "SSHFP", "TLSA", "CAA", "HTTPS", "SVCB", "TYPE666", "TYPE65280")
def no_such_type(peer, rdtype):
    assert_negative(peer.ask(query(rdtype=dns.rdatatype.from_text(rdtype))), NOERROR)


@case("RFC 8906 section 8.1.2: a meta type is not answered with data", 0, 41, 128, 249, 253, 254)
def meta_type(peer, rdtype):
    reply = peer.ask(query(rdtype=rdtype))
    assert not reply.answer


@case("RFC 8020, RFC 4592 section 2.2.2: a name between others exists", "_tcp.marathon.mesos", "marathon.mesos")
def empty_non_terminal(peer, name):
    assert_negative(peer.ask(query(name)), NOERROR)


@case("RFC 2782: the addresses of targets come along; RFC 3597 section 4: the target is not compressed")
def services(peer):
    octets = peer.udp(query("_web._tcp.marathon.mesos", 33, edns=opt()))
    reply = parse(octets)
    targets = {record.target for record in records(reply, "SRV")}
    assert len(targets) == 2
    assert {rrset.name for rrset in reply.additional} >= targets
    for target in targets:
        assert target.to_wire() in octets


@case("RFC 8482: little over UDP")
def any_over_udp(peer):
    octets = peer.udp(query(MANY, 255))
    reply = parse(octets)
    assert len(octets) <= 512
    assert reply.rcode() == NOERROR
    assert reply.answer or reply.flags & TC


@case("RFC 8482: something over TCP")
def any_over_tcp(peer):
    assert peer.ask_tcp(query(rdtype=255)).answer


@case("RFC 1034 section 4.3.1: no recursion, no referral", "example.org", ".", "mesos.example", "notmesos")
def outside(peer, name):
    reply = peer.ask(query(name))
    assert reply.rcode() == REFUSED
    assert not reply.answer and not reply.authority
    assert not reply.flags & (AA | RA)


@case("RFC 1035 section 3.2.4", 0, 2, 3, 4, 254, 255, 65535)
def qclass(peer, number):
    reply = peer.ask(query(rdclass=number))
    assert reply.rcode() in (REFUSED, FORMERR, NOTIMP), dns.rcode.to_text(reply.rcode())
    assert not reply.answer


@case("every member comes first at times")
def rotation(peer):
    first = set()
    for ident in range(64):
        first.add(records(peer.ask(query(ident=ident)))[0].address)
    assert len(first) == 2


# --- sizes: RFC 1035 section 4.2.1, RFC 2181 section 9, RFC 6891


@case("RFC 6891 section 6.2.3 and 6.2.5: at most what the client takes", 0, 512, 1232, 4096, 65535)
def large_answer_with_edns(peer, size):
    octets = peer.udp(query(MANY, edns=opt(size=size)))
    reply = parse(octets)
    assert len(octets) <= max(512, min(size, 4096))
    assert reply.edns == 0
    assert bool(reply.flags & TC) == (len(records(reply)) < 200)


@case("RFC 1035 section 4.2.1")
def large_answer_without_edns(peer):
    octets = peer.udp(query(MANY))
    reply = parse(octets)
    assert len(octets) <= 512
    assert reply.flags & TC
    assert reply.edns < 0


@case("RFC 7766 section 5: the whole answer over TCP")
def large_answer_over_tcp(peer):
    reply = peer.ask_tcp(query(MANY, edns=opt(size=512)))
    assert not reply.flags & TC
    assert len(records(reply)) == 200
