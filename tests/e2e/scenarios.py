"""What a proxy of TCP has to get right, played against vipd and its peers with raw sockets.

    python3 tests/e2e/scenarios.py            plays all against vipd, HAProxy and nginx; prints the table
    python3 tests/e2e/scenarios.py S3 S12     only these

A scenario is a function that raises AssertionError where the proxy did something else; its number is that of the
project's list of scenarios, its text is the row of the table. Nobody is tuned: HAProxy and nginx run as Debian ships
them, with the same timeouts.
"""

import hashlib
import os
import socket
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from support.proxies import PROXIES, Unsupported  # noqa: E402
from support.world import (FIN, PATIENCE, RST, SCENARIOS, SILENCE, World, end_of_a_client, expect,  # noqa: E402
                           in_thread, read_all, reset, scenario)


@scenario("S1", "client half-closes, backend answers 1 MB later")
def half_close_client(world):
    listener = world.listener()
    world.start(listener)
    client, backend = world.pair(listener)
    client.sendall(b"question")
    client.shutdown(socket.SHUT_WR)
    assert read_all(backend) == (b"question", FIN)
    answer = os.urandom(1_000_000)
    in_thread(lambda: (backend.sendall(answer), backend.close()))
    expect(client, answer, FIN)


@scenario("S2", "backend half-closes, client uploads 100 KB later")
def half_close_backend(world):
    listener = world.listener()
    world.start(listener)
    client, backend = world.pair(listener)
    backend.sendall(b"answer")
    backend.shutdown(socket.SHUT_WR)
    assert read_all(client) == (b"answer", FIN)
    upload = os.urandom(100_000)
    client.sendall(upload)
    client.close()
    expect(backend, upload, FIN)


@scenario("S3", "backend resets after 1000 bytes: the client sees a reset")
def backend_resets(world):
    listener = world.listener()
    world.start(listener)
    client, backend = world.pair(listener)
    backend.sendall(b"x" * 1000)
    got = client.recv(1000, socket.MSG_WAITALL)
    assert len(got) == 1000
    reset(backend)
    assert read_all(client)[1] == RST, "ended by FIN, as if all had been said"


@scenario("S4", "client resets mid-stream: the backend sees a reset")
def client_resets(world):
    listener = world.listener()
    world.start(listener)
    client, backend = world.pair(listener)
    client.sendall(b"x" * 1000)
    assert len(backend.recv(1000, socket.MSG_WAITALL)) == 1000
    reset(client)
    assert read_all(backend)[1] == RST, "ended by FIN, as if all had been said"


@scenario("S5", "the only backend refuses: the client is reset at once (within 2 s)")
def only_backend_refuses(world):
    world.start(world.refusing())
    began = time.monotonic()
    end = end_of_a_client(world)
    took = time.monotonic() - began
    assert end == RST, f"ended by {end} after {took:.1f} s"
    assert took < 2, f"told after {took:.1f} s"


@scenario("S6", "one of two backends refuses: all of 4 clients are served")
def one_refuses(world):
    listener = world.listener()
    world.start(listener, world.refusing())
    for _ in range(4):
        client, backend = world.pair(listener)
        backend.sendall(b"served")
        backend.close()
        expect(client, b"served", FIN)


@scenario("S7", "one of two backends is silent: all of 4 clients are served, none waits longer than 1.5 s")
def one_is_silent(world):
    listener = world.listener()
    world.start(listener, world.silent())
    slowest = 0
    for _ in range(4):
        began = time.monotonic()
        client, backend = world.pair(listener)
        slowest = max(slowest, time.monotonic() - began)
        backend.sendall(b"served")
        backend.close()
        expect(client, b"served", FIN)
    assert slowest < 1.5, f"one waited {slowest:.1f} s"


@scenario("S8", "the only backend is silent (time to connect: 2 s): the client is reset in the end")
def only_backend_is_silent(world):
    world.start(world.silent())
    began = time.monotonic()
    end = end_of_a_client(world)
    took = time.monotonic() - began
    assert end == RST, f"ended by {end} after {took:.1f} s"


@scenario("S9", "60 clients connect and leave without a byte: no backend connection is reset")
def zero_bytes(world):
    listener = world.listener()
    world.start(listener)
    resets = 0
    for _ in range(60):
        client, backend = world.pair(listener)
        client.close()
        resets += read_all(backend)[1] == RST
    assert resets == 0, f"{resets} of 60 were reset"


@scenario("S12", "8 MiB of random bytes both ways at once arrive whole")
def full_duplex(world):
    listener = world.listener()
    world.start(listener)
    client, backend = world.pair(listener)
    data = [os.urandom(8 << 20), os.urandom(8 << 20)]

    def send(one, bytes_):
        one.sendall(bytes_)
        one.shutdown(socket.SHUT_WR)

    senders = [in_thread(send, client, data[0]), in_thread(send, backend, data[1])]
    results = {}
    readers = [in_thread(lambda: results.update(backend=read_all(backend))),
               in_thread(lambda: results.update(client=read_all(client)))]
    for thread in senders + readers:
        thread.join(4 * PATIENCE)
    for name, sent in (("backend", data[0]), ("client", data[1])):
        got, end = results[name]
        assert len(got) == len(sent), f"{len(got)} of {len(sent)} bytes reached the {name}, then {end}"
        assert hashlib.sha256(got).digest() == hashlib.sha256(sent).digest(), "other bytes arrived"


@scenario("S13", "an idle session is closed after its time (4 s), not before")
def idle(world):
    listener = world.listener()
    world.start(listener, idle="4s")
    client, _ = world.pair(listener)
    began = time.monotonic()
    _, end = read_all(client)
    took = time.monotonic() - began
    assert end != SILENCE and took > 3, f"{end} after {took:.1f} s"


@scenario("S14", "both sides close at once: both are told")
def simultaneous_close(world):
    listener = world.listener()
    world.start(listener)
    for _ in range(20):
        client, backend = world.pair(listener)
        client.shutdown(socket.SHUT_WR)
        backend.shutdown(socket.SHUT_WR)
        ends = read_all(client)[1], read_all(backend)[1]
        assert ends == (FIN, FIN), f"the client's ended by {ends[0]}, the backend's by {ends[1]}"


@scenario("S15", "bursts of 64 KiB and 1 MiB, a byte more and less, arrive whole")
def bursts(world):
    listener = world.listener()
    world.start(listener)
    for size in (65535, 65536, 65537, (1 << 20) - 1, 1 << 20, (1 << 20) + 1):
        client, backend = world.pair(listener)
        data = os.urandom(size)
        in_thread(lambda: (client.sendall(data), client.shutdown(socket.SHUT_WR)))
        expect(backend, data, FIN)


@scenario("S16", "the server speaks first")
def server_first(world):
    listener = world.listener()
    world.start(listener)
    client, backend = world.pair(listener)
    backend.sendall(b"220 ready\r\n")
    assert client.recv(64) == b"220 ready\r\n"


def refused(world, listener, header):
    """Nothing of it may reach a backend."""
    client = world.connect()
    client.sendall(header)
    _, end = read_all(client)
    listener.setblocking(False)
    try:
        backend = world.keep(listener.accept()[0])
        backend.settimeout(PATIENCE)
        assert not read_all(backend)[0], f"bytes of {header!r} reached the backend"
    except BlockingIOError:
        pass  # Nobody came.
    assert end != SILENCE, f"{header!r} was waited for"


@scenario("S20", "PROXY v1 in: bad headers are refused, text after UNKNOWN is passed over")
def proxy_v1(world):
    listener = world.listener()
    world.start(listener, accept=True)
    client = world.connect()
    client.sendall(b"PROXY UNKNOWN whatever stands here\r\nhello")
    client.shutdown(socket.SHUT_WR)
    expect(world.accept(listener), b"hello", FIN)
    for header in (b"GET / HTTP/1.1\r\n\r\n", b"PROXY TCP4 192.0.2.1 192.0.2.2 70000 443\r\nx",
                   b"PROXY TCP4 192.0.2.256 192.0.2.2 7000 443\r\nx", b"PROXY TCP4 ::1 ::2 7000 443\r\nx",
                   b"PROXY TCP9 192.0.2.1 192.0.2.2 7000 443\r\nx"):
        refused(world, listener, header)


V2 = b"\r\n\r\n\0\r\nQUIT\n"


@scenario("S21", "PROXY v2 in: LOCAL and TLVs are taken, lies about lengths and versions are refused")
def proxy_v2(world):
    listener = world.listener()
    world.start(listener, accept=True)
    addresses = bytes((192, 0, 2, 1, 192, 0, 2, 2)) + struct.pack("!HH", 1, 2)
    for header in (V2 + b"\x20\x00\x00\x00", V2 + b"\x21\x11\x00\x0c" + addresses,
                   V2 + b"\x21\x11\x00\x10" + addresses + b"\x04\x00\x01x"):
        client = world.connect()
        client.sendall(header + b"hello")
        client.shutdown(socket.SHUT_WR)
        expect(world.accept(listener), b"hello", FIN)
    for header in (V2 + b"\x31\x11\x00\x0c" + addresses, V2 + b"\x21\x11\x00\x04" + addresses[:4] + b"x" * 64,
                   b"\r\n\r\n\0\r\nQUIX\n\x21\x11\x00\x0c" + addresses):
        refused(world, listener, header)


@scenario("S22", "PROXY v2 out, byte for byte")
def proxy_v2_out(world):
    listener = world.listener()
    world.start(listener, send="v2")
    client, backend = world.pair(listener)
    client.shutdown(socket.SHUT_WR)
    source, port = client.getsockname()
    to, to_port = client.getpeername()
    expect(backend, V2 + b"\x21\x11\x00\x0c" + socket.inet_aton(source) + socket.inet_aton(to) +
           struct.pack("!HH", port, to_port), FIN)


def outcome(play, proxy_class):
    """"ok", or what was wrong."""
    world = World(proxy_class)
    try:
        play(world)
        return "ok"
    except Unsupported as why:
        return f"– ({why})"
    except AssertionError as wrong:
        return f"**no**: {wrong}"
    except OSError as wrong:
        return f"**no**: {wrong}"
    finally:
        world.close()


def number_of(one):
    return int(one[0].removeprefix("S"))


def main(wanted):
    print("| | scenario | " + " | ".join(proxy.name for proxy in PROXIES) + " |")
    print("|---|---|" + "---|" * len(PROXIES))
    for number, text, play in sorted(SCENARIOS, key=number_of):
        if wanted and number not in wanted:
            continue
        results = [outcome(play, proxy) for proxy in PROXIES]
        print(f"| {number} | {text} | " + " | ".join(results) + " |", flush=True)


# They register themselves, too.
import scenarios_of_failures  # noqa: E402,F401
import scenarios_of_udp  # noqa: E402,F401

if __name__ == "__main__":
    main(sys.argv[1:])
