"""What is no query as it should be: headers and names."""

import struct

from support.wire import header, parse, query, question

from .cases import (AA, AD, CD, FORMERR, NOERROR, NOTIMP, NXDOMAIN, RA, RD, TC, Z, assert_error_or_silence,
                    assert_negative, assert_soa, case, records)


# --- the header: RFC 1035 section 4.1.1, RFC 8906 section 8.1


@case("RFC 8906 section 8.1.1")
def plain_query(peer):
    reply = peer.ask(query("mesos", 6, flags=0))
    assert_soa(reply)
    assert reply.edns < 0


@case("RFC 7766 section 5: over TCP as over UDP")
def plain_query_over_tcp(peer):
    reply = peer.ask_tcp(query("mesos", 6, flags=0))
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
    assert reply[4:] == bytes(8), "more than a header"


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
