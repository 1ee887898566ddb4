"""What every authoritative server must do with a query, good or bad: cases for test_conformance.py.

A case asks a server that holds `mesos.` with the names of the scripted Marathon: two tasks of web, two hundred of many.
It fails by an assertion. `DIFFERENCES` tells which other servers are known to fail which case, and how.
"""

import contextlib
import socket
import struct

import dns.flags
import dns.rcode
import dns.rdatatype
import dns.tsig

from support.wire import (header, is_closed, opt, option, option_data, parse, query, question, receive_message,
                          send_message)

CASES = {}

# Of data.
REGISTERED_TYPES = [*range(1, 41), *range(42, 54), *range(55, 67), *range(99, 110), *range(256, 263), 32768, 32769]

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


# --- the header: RFC 1035 section 4.1.1, RFC 8906 section 8.1


@case("RFC 8906 section 8.1.1")
def plain_query(peer):
    reply = peer.ask(query("mesos", 6, flags=0))
    assert_soa(reply)
    assert reply.edns < 0


@case("RFC 8906 section 8.1.3: RD is repeated, others are not", ("AA", AA), ("TC", TC), ("RD", RD), ("RA", RA),
      ("Z", Z), ("AD", AD), ("CD", CD))
def flag(peer, parameter):
    _, bit = parameter
    reply = peer.ask(query("mesos", 6, flags=bit))
    # CD and AD may be repeated by servers that know DNSSEC (RFC 4035 section 3.1.6).
    assert_soa(parse_without(reply, CD | AD), bit & RD | AA)


def parse_without(reply, flags):
    reply.flags &= ~flags
    return reply


@case("RFC 8906 section 8.1.4: NOTIMP, with no flag", *range(1, 4), *range(6, 16))
def opcode(peer, number):
    reply = peer.udp(header(flags=number << 11, counts=(0, 0, 0, 0)))
    assert reply is not None, "no reply"
    flags = struct.unpack("!H", reply[2:4])[0]
    assert flags & 0x000f == NOTIMP, f"rcode {flags & 15}"
    assert flags >> 11 & 15 == number
    assert not flags & (AA | RA | RD | AD | CD)


@case("RFC 8906 section 8.1.4")
def unknown_opcode_with_all_flags(peer):
    reply = peer.udp(header(flags=15 << 11 | AA | TC | RD | RA | Z | AD | CD, counts=(0, 0, 0, 0)))
    flags = struct.unpack("!H", reply[2:4])[0]
    assert flags & 0x000f == NOTIMP
    assert not flags & (AA | RA | AD)


@case("CVE-2024-2169: a reply to a reply would never end")
def no_reply_to_a_reply(peer):
    assert peer.is_silent(query("mesos", 6, flags=0x8000))
    assert peer.is_silent(header(flags=0x8000, counts=(0, 0, 0, 0)))
    assert peer.is_silent(query("mesos", 6, flags=0x8000 | 15 << 11))


@case("a datagram shorter than a header", *range(12))
def octets(peer, count):
    assert peer.is_silent(bytes(count))


@case("RFC 9619: one question", 2, 255, 65535)
def questions(peer, count):
    body = question() * min(count, 2)
    assert_error_or_silence(peer.udp(header(counts=(count, 0, 0, 0)) + body), {FORMERR, NOTIMP})


@case("counts that lie", ("an answer", (1, 1, 0, 0)), ("an authority", (1, 0, 1, 0)), ("an additional", (1, 0, 0, 1)),
      ("everything", (1, 65535, 65535, 65535)))
def counted_but_absent(peer, parameter):
    assert_error_or_silence(peer.udp(header(counts=parameter[1]) + question()), {FORMERR})


@case("octets behind the last record", 1, 1400)
def trailing_octets(peer, count):
    octets_of_reply = peer.udp(query() + bytes(count))
    if octets_of_reply is not None:
        reply = parse(octets_of_reply)
        assert reply.rcode() == FORMERR or records(reply)


# --- names: RFC 1035 section 4.1.4, RFC 2181 section 11, RFC 4343


BAD_NAMES = {
    "pointer to itself": b"\xc0\x0c",
    "pointer forwards": b"\xc0\x20",
    "pointer to the header": b"\xc0\x00",
    "pointer past the end": b"\xff\xff",
    "half a pointer": b"\xc0",
    "label type 0x40": b"\x41\x00\x00",
    "label type 0x80": b"\x81\x00\x00",
    "256 octets": (b"\x3f" + b"a" * 63) * 3 + b"\x3e" + b"a" * 62 + b"\x00",
    "1000 octets": (b"\x3f" + b"a" * 63) * 16 + b"\x00",
    "no end": b"\x03web",
    "a label that is cut": b"\x3fweb",
}


@case("RFC 1035 section 4.1.4", *BAD_NAMES)
def bad_name(peer, name):
    octets = header() + BAD_NAMES[name] + b"\x00\x01\x00\x01"
    if name in ("half a pointer", "no end", "a label that is cut"):
        octets = header() + BAD_NAMES[name]
    assert_error_or_silence(peer.udp(octets), {FORMERR})


@case("RFC 1035 section 2.3.4")
def the_longest_name(peer):
    name = b"\x3f" + b"a" * 63
    suffix = b"\x05mesos\x00"
    rest = 255 - 3 * len(name) - len(suffix)
    longest = name * 3 + bytes([rest - 1]) + b"b" * (rest - 1) + suffix
    assert len(longest) == 255
    reply = peer.ask(header() + longest + struct.pack("!HH", 1, 1))
    assert_negative(reply, NXDOMAIN)


@case("RFC 4343: letters compare without case, and the question is repeated as it came")
def case_of_letters(peer):
    octets = query("wEb.MaRaThOn.mEsOs")
    reply = peer.udp(octets)
    assert reply[12:12 + len(octets) - 12] == octets[12:]
    assert len(records(parse(reply))) == 2


@case("RFC 1035 section 4.1.4: pointers to pointers cost little", 120)
def pointer_chain(peer, hops):
    """Each owner points to the one before it, the first to the question."""
    octets = header(counts=(1, 0, 0, hops)) + question()
    at = 12
    for _ in range(hops):
        following = len(octets)
        octets += struct.pack("!HHHIH", 0xc000 | at, 1, 1, 0, 4) + bytes(4)
        at = following
    reply = peer.udp(octets)
    assert reply is None or parse(reply).rcode() in (NOERROR, FORMERR)


@case("RFC 2181 section 11: any octet may stand in a label", r"\000\255.mesos", r"web\.marathon.mesos",
      r"a\032b.mesos", r"\010.marathon.mesos")
def octets_of_a_name(peer, name):
    assert_negative(peer.ask(query(name)), NXDOMAIN)


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


@case("zones are given to nobody by default: AXFR", "AXFR", "IXFR")
def transfer(peer, rdtype):
    soa = SOA_RECORD if rdtype == "IXFR" else b""
    counts = (1, 0, 1, 0) if soa else (1, 0, 0, 0)
    octets = header(counts=counts) + question("mesos", dns.rdatatype.from_text(rdtype)) + soa
    reply = peer.ask_tcp(octets)
    assert reply.rcode() != NOERROR
    assert not reply.answer


@case("RFC 5936 section 4.2: never over UDP")
def axfr_over_udp(peer):
    octets = peer.udp(query("mesos", 252))
    assert_error_or_silence(octets, {FORMERR, NOTIMP, REFUSED, 9})


@case("RFC 1995 section 2: not over UDP either, unless asked for")
def ixfr_over_udp(peer):
    octets = peer.udp(header(counts=(1, 0, 1, 0)) + question("mesos", 251) + SOA_RECORD)
    assert_error_or_silence(octets, {FORMERR, NOTIMP, REFUSED, NOTAUTH})


@case("RFC 5936 section 2.2.1: what is no zone cannot be given", "web.marathon.mesos", "example.org", ".")
def transfer_of_no_zone(peer, name):
    reply = peer.ask_tcp(query(name, 252))
    assert reply.rcode() in (REFUSED, NOTAUTH) and not reply.answer


@case("RFC 1995 section 3: the SOA of the client is there, or the query is not one", 1, 20, len(SOA_RECORD) - 1)
def ixfr_with_half_an_soa(peer, size):
    octets = header(counts=(1, 0, 1, 0)) + question("mesos", 251) + SOA_RECORD[:size]
    assert_error_or_silence(peer.udp(octets), {FORMERR, REFUSED, NOTAUTH})


# --- TSIG: RFC 8945


def tsig(key="key.example"):
    """A signature by a key that nobody has."""
    data = dns.name.from_text("hmac-sha256").to_wire() + struct.pack("!HIHH", 0, 1_700_000_000, 300, 32) + bytes(32)
    data += struct.pack("!HHH", 0x1234, 0, 0)
    return dns.name.from_text(key).to_wire() + struct.pack("!HHIH", 250, 255, 0, len(data)) + data


@case("RFC 8945 section 5.2.1: NOTAUTH, and why: BADKEY", "key.example", ".")
def unknown_key(peer, name):
    octets = peer.udp(header(counts=(1, 0, 0, 1)) + question() + tsig(name))
    assert octets[3] & 0xf == NOTAUTH
    assert octets[-4:] == struct.pack("!HH", 17, 0)


BAD_SIGNATURES = {
    "before OPT": ((1, 0, 0, 2), tsig() + opt()),
    "in the answer section": ((1, 1, 0, 0), tsig()),
    "in the authority section": ((1, 0, 1, 0), tsig()),
    "twice": ((1, 0, 0, 2), tsig() + tsig()),
    "that is cut": ((1, 0, 0, 1), tsig()[:-7]),
}


@case("RFC 8945 section 5.1 and 5.2: FORMERR unless one stands at the end", *BAD_SIGNATURES)
def signature(peer, name):
    counts, records_behind = BAD_SIGNATURES[name]
    octets = peer.udp(header(counts=counts) + question() + records_behind)
    assert_error_or_silence(octets, {FORMERR})


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


# --- EDNS: RFC 6891, RFC 8906 section 8.2


@case("RFC 6891 section 6.1.1")
def edns(peer):
    reply = peer.ask(query("mesos", 6, flags=0, edns=opt(size=4096)))
    assert_soa(reply)
    assert reply.edns == 0


@case("RFC 6891 section 6.1.3: BADVERS, version 0, nothing else", 1, 2, 255)
def edns_version(peer, version):
    reply = peer.ask(query("mesos", 6, flags=0, edns=opt(version=version)))
    assert reply.rcode() == dns.rcode.BADVERS
    assert reply.edns == 0
    assert not reply.answer


@case("RFC 8906 section 8.2.8: of another version no option is understood", ("100", 100, b""), ("NSID", NSID, b""),
      ("COOKIE", COOKIE, b"12345678"), ("EXPIRE", EXPIRE, b""), ("SUBNET", SUBNET, b"\0\1\0\0"))
def edns_version_1_with_option(peer, parameter):
    _, code, data = parameter
    reply = peer.ask(query("mesos", 6, flags=0, edns=opt(option(code, data), version=1)))
    assert reply.rcode() == dns.rcode.BADVERS
    assert not reply.answer
    assert code == COOKIE or option_data(reply, code) is None


@case("RFC 8906 section 8.2.2: an option that nobody knows is ignored")
def unknown_option(peer):
    reply = peer.ask(query("mesos", 6, flags=0, edns=opt(option(100, b"ab"))))
    assert_soa(reply)
    assert option_data(reply, 100) is None


@case("RFC 8906 section 8.2.4: unknown flags are clear")
def edns_flags(peer):
    reply = peer.ask(query("mesos", 6, flags=0, edns=opt(flags=0x0080)))
    assert_soa(reply)
    assert not reply.ednsflags & 0x7fff


@case("RFC 3225: DO is harmless", ("DO", 0), ("DO and CD", CD))
def dnssec(peer, parameter):
    _, flags = parameter
    reply = peer.ask(query("mesos", 6, flags=flags, edns=opt(flags=0x8000)))
    assert reply.rcode() == NOERROR and records(reply, "SOA")


@case("each option alone is harmless", ("NSID", NSID, b""), ("EXPIRE", EXPIRE, b""), ("SUBNET", SUBNET, b"\0\1\0\0"),
      ("PADDING", PADDING, bytes(16)))
def edns_option(peer, parameter):
    _, code, data = parameter
    reply = peer.ask(query("mesos", 6, flags=0, edns=opt(option(code, data))))
    assert_soa(reply)


@case("RFC 7873 section 5.2.3: a cookie comes back with the server's")
def cookie(peer):
    reply = peer.ask(query("mesos", 6, edns=opt(option(COOKIE, b"12345678"))))
    assert reply.rcode() in (NOERROR, dns.rcode.BADCOOKIE)
    got = option_data(reply, COOKIE)
    assert got is not None and got.startswith(b"12345678") and 16 <= len(got) <= 40
    again = peer.ask(query("mesos", 6, flags=0, edns=opt(option(COOKIE, got))))
    assert_soa(again)


@case("RFC 7873 section 5.4: a cookie alone")
def cookie_without_a_question(peer):
    reply = peer.udp(header(counts=(0, 0, 0, 1)) + opt(option(COOKIE, b"12345678")))
    assert reply is not None
    assert reply[3] & 15 == NOERROR
    assert b"12345678" in reply


@case("RFC 7873 section 5.2.2: a cookie of a length that none has", 1, 7, 9, 15, 41, 64)
def cookie_of_length(peer, size):
    reply = peer.ask(query("mesos", 6, edns=opt(option(COOKIE, bytes(size)))))
    assert reply.rcode() == FORMERR


@case("all options at once")
def option_list(peer):
    options = option(NSID) + option(SUBNET, b"\0\1\0\0") + option(EXPIRE) + option(COOKIE, b"12345678")
    reply = peer.ask(query("mesos", 6, edns=opt(options)))
    assert reply.rcode() in (NOERROR, dns.rcode.BADCOOKIE)


BAD_OPTS = {
    "two": (2, opt() + opt()),
    "with an owner": (1, opt(owner=b"\3web\0")),
    "with options that are cut": (1, opt(b"\0\x64\0")),
    "with an option longer than itself": (1, opt(b"\0\x64\0\x09ab")),
    "longer than the message": (1, opt()[:-2] + b"\0\x20"),
}


@case("RFC 6891 section 6.1.1: FORMERR", *BAD_OPTS)
def opt_record(peer, name):
    count, octets = BAD_OPTS[name]
    reply = peer.udp(header(counts=(1, 0, 0, count)) + question("mesos", 6) + octets)
    assert_error_or_silence(reply, {FORMERR})


@case("many options cost nothing and make no bad reply", ("empty", option(100) * 300),
      ("NSID, COOKIE and PADDING", (option(NSID) + option(COOKIE, b"12345678") + option(PADDING, b"x")) * 60))
def options_without_end(peer, parameter):
    octets = peer.udp(query("mesos", 6, edns=opt(parameter[1])))
    if octets is not None:
        parse(octets)
        assert len(octets) <= 1232


@case("RFC 6891 section 6.2.5: EDNS does not limit TCP")
def edns_over_tcp(peer):
    assert peer.ask_tcp(query("mesos", 6, edns=opt(size=512))).edns == 0


# --- TCP: RFC 7766


@case("RFC 7766 section 6.2.1.1: pipelined queries are all answered", 2, 100, 2000)
def pipelined(peer, count):
    stream = b"".join(struct.pack("!H", len(one)) + one for one in (query(ident=i) for i in range(count)))
    idents = set()
    with peer.connect() as connection:
        connection.settimeout(30)
        sent = 0
        while len(idents) < count:
            while sent < len(stream) and sent < (len(idents) + 500) * len(stream) // count:
                sent += connection.send(stream[sent:sent + 4096])
            idents.add(receive_message(connection)[:2])
    assert len(idents) == count


@case("RFC 7766 section 6.2.1: a connection is used again", 1000)
def one_after_another(peer, count):
    with peer.connect() as connection:
        for i in range(count):
            send_message(connection, query(ident=i))
            assert receive_message(connection)[:2] == struct.pack("!H", i)


@case("RFC 7766 section 8: the length may come in two pieces, and the rest in any")
def octet_by_octet(peer):
    octets = query()
    stream = struct.pack("!H", len(octets)) + octets
    with peer.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(stream)):
            connection.sendall(stream[i:i + 1])
        assert len(records(parse(receive_message(connection)))) == 2


@case("RFC 7766 section 6.2.3: a client that is done still gets its answer")
def half_closed(peer):
    with peer.connect() as connection:
        send_message(connection, query())
        connection.shutdown(socket.SHUT_WR)
        assert len(records(parse(receive_message(connection)))) == 2


STREAMS = {
    "length 0": b"\0\0",
    "length 1": b"\0\1x",
    "length 11": b"\0\x0b" + bytes(11),
    "a reply": struct.pack("!H", 24) + header(flags=0x8000) + bytes(12),
    "a TLS hello": bytes.fromhex("16030100c4010000c00303") + bytes(200),
    "HTTP": b"GET / HTTP/1.1\r\nHost: mesos\r\n\r\n",
}


@case("rubbish over TCP harms nobody", *STREAMS)
def tcp_rubbish(peer, name):
    with peer.connect() as connection:
        connection.sendall(STREAMS[name])
        with contextlib.suppress(OSError):  # The server has ended it already.
            connection.shutdown(socket.SHUT_WR)
        assert is_closed(connection)
    assert len(records(peer.ask_tcp(query()))) == 2


@case("the largest message there is keeps nobody waiting", 4000)
def many_records(peer, count):
    record = struct.pack("!HHHIH", 0xc00c, 1, 1, 0, 4) + bytes(4)
    with peer.connect() as connection:
        send_message(connection, header(counts=(1, 0, 0, count)) + question() + record * count)
        assert len(records(peer.ask_tcp(query()))) == 2


@case("a connection that is reset harms nobody")
def tcp_reset(peer):
    with peer.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        send_message(connection, query(MANY))
    assert len(records(peer.ask_tcp(query()))) == 2


@case("queries of one burst are all answered")
def burst(peer):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(10)
        one.connect(peer.address)
        for ident in range(100):
            one.send(query(ident=ident))
        assert len({one.recv(4096)[:2] for _ in range(100)}) == 100
