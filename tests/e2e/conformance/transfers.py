"""Zones and signatures: AXFR and IXFR of who may not have them, RFC 5936 and 1995, and TSIG."""

import struct

import dns.name
import dns.rdatatype

from support.wire import header, opt, query, question

from .cases import FORMERR, NOERROR, NOTAUTH, NOTIMP, REFUSED, SOA_RECORD, assert_error_or_silence, case


# --- transfers: RFC 5936, RFC 1995


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
