"""TCP, and many queries at once."""

import contextlib
import random
import socket
import struct

from support.wire import (header, is_closed, opt, option, parse, query, question, receive_message,
                          send_message)

from .cases import COOKIE, MANY, case, records


# --- TCP: RFC 7766


@case("RFC 7766 section 6.2.1.1: pipelined queries are all answered", 2, 100, 10000)
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
    "a length that lies": struct.pack("!H", 200) + query(),
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


def random_octets(source):
    return source.randbytes(source.randrange(600))


def flipped_bits(source):
    octets = bytearray(query("_web._tcp.marathon.mesos", 33, edns=opt(option(COOKIE, b"12345678"))))
    for _ in range(source.randrange(1, 4)):
        octets[source.randrange(len(octets))] ^= 1 << source.randrange(8)
    return bytes(octets)


@case("rubbish over UDP harms nobody", ("random octets", random_octets), ("queries with flipped bits", flipped_bits))
def udp_rubbish(peer, parameter):
    source = random.Random(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(peer.address)
        for _ in range(40):  # No more under way than a queue holds.
            for _ in range(50):
                one.send(parameter[1](source))
            assert len(records(peer.ask(query()))) == 2
