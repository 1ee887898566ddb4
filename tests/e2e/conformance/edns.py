"""What stands in an OPT record."""

import dns.rcode

from support.wire import header, opt, option, option_data, parse, query, question

from .cases import (AD, CD, COOKIE, EXPIRE, FORMERR, NOERROR, NSID, PADDING, RD, SUBNET, assert_error_or_silence,
                    assert_negative, assert_soa, case, records)


# --- EDNS: RFC 6891, RFC 8906 section 8.2


@case("RFC 6891 section 6.1.1")
def edns(peer):
    reply = peer.ask(query("mesos", 6, flags=0, edns=opt(size=4096)))
    assert_soa(reply)
    assert reply.edns == 0
    assert reply.payload == 1232  # What passes every network: DNS flag day 2020.


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


@case("RFC 8906 section 8.2.5: and no flag")
def edns_version_1_with_do(peer):
    reply = peer.ask(query("mesos", 6, flags=0, edns=opt(version=1, flags=0x8000)))
    assert reply.rcode() == dns.rcode.BADVERS
    assert reply.edns == 0 and not reply.answer


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


@case("RFC 8906 section 8.2.6: a small answer keeps its OPT record, and EDNS does not limit TCP", "UDP", "TCP")
def no_keys_in_512_octets(peer, transport):
    octets = query("mesos", 48, flags=0, edns=opt(size=512, flags=0x8000))
    reply = peer.ask_tcp(octets) if transport == "TCP" else peer.ask(octets)
    assert reply.edns == 0
    assert len(reply.to_wire()) <= 512
    assert_negative(reply, NOERROR)


@case("what real clients send is answered", ("dig", RD | AD, 0), ("BIND", 0, 0x8000))
def query_of(peer, parameter):
    _, flags, edns_flags = parameter
    reply = peer.ask(query("mesos", 6, flags=flags, edns=opt(option(COOKIE, b"12345678"), flags=edns_flags)))
    assert reply.rcode() in (NOERROR, dns.rcode.BADCOOKIE)
    assert option_data(reply, COOKIE).startswith(b"12345678")


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
    got = option_data(reply, COOKIE)
    assert got.startswith(b"12345678") and 16 <= len(got) <= 40


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


@case("many options cost nothing and make no bad reply", ("empty", option(100) * 300), ("a thousand", option(100) * 1000),
      ("NSID, COOKIE and PADDING", (option(NSID) + option(COOKIE, b"12345678") + option(PADDING, b"x")) * 60))
def options_without_end(peer, parameter):
    octets = peer.udp(query("mesos", 6, edns=opt(parameter[1])))
    if octets is not None:
        parse(octets)
        assert len(octets) <= 1232


@case("RFC 6891 section 6.2.5: EDNS does not limit TCP")
def edns_over_tcp(peer):
    assert peer.ask_tcp(query("mesos", 6, edns=opt(size=512))).edns == 0
