"""The scenarios of UDP."""

import os
import socket

from support.world import scenario

BACKEND_DIES_AFTER = 3  # Datagrams that may be lost until another backend has the client.


def ask(client, address, backend, question):
    """Sends a question and waits for it at the backend; returns where that is to answer."""
    client.sendto(question, address)
    got, source = backend.recvfrom(70000)
    assert got == question, f"{len(got)} other bytes of {len(question)} arrived"
    return source


def answer(client, address, backend, to, text):
    backend.sendto(text, to)
    got, source = client.recvfrom(70000)
    assert source == address, f"the answer came from {source}, not from {address}"
    assert got == text, f"{len(got)} other bytes of {len(text)} came back"


@scenario("S23", "UDP: two clients of one backend get their own answers, from the address they asked")
def udp_answers(world):
    backend = world.datagrams()
    world.start(backend, protocol="udp")
    clients = [world.datagrams(), world.datagrams()]
    sources = [ask(client, world.proxy.address, backend, b"question %d" % i) for i, client in enumerate(clients)]
    for i in (1, 0):
        answer(clients[i], world.proxy.address, backend, sources[i], b"answer %d" % i)


@scenario("S24", "UDP: a client that was silent for long (0.2 s) is served again, as a new session")
def udp_expiry(world):
    backend = world.datagrams()
    world.start(backend, protocol="udp", idle="200ms")
    client = world.datagrams()
    first = ask(client, world.proxy.address, backend, b"one")
    for patience in (0.5, 1, 2, 4):
        client.settimeout(patience)
        try:
            assert not client.recv(1), "something came of itself"
        except TimeoutError:
            pass
        second = ask(client, world.proxy.address, backend, b"two")
        if second != first:
            break
    assert second != first, "the session never ended"
    client.settimeout(15)
    answer(client, world.proxy.address, backend, second, b"answer")


@scenario("S25", "UDP: a backend dies amid a session: the client is served by another, and hears of nothing")
def udp_backend_dies(world):
    backends = [world.datagrams(), world.datagrams()]
    world.start(*backends, protocol="udp")
    client = world.datagrams()
    client.sendto(b"hello", world.proxy.address)
    dead = first_to_hear(backends)
    backends.remove(dead)
    dead.close()
    backends[0].settimeout(0.5)
    for _ in range(BACKEND_DIES_AFTER):
        client.sendto(b"again", world.proxy.address)
        try:
            assert backends[0].recv(100) == b"again"
            break
        except TimeoutError:
            pass
    else:
        raise AssertionError(f"{BACKEND_DIES_AFTER} datagrams were lost")
    client.setblocking(False)
    try:
        raise AssertionError(f"the client got {client.recv(100)!r}, which nobody sent")
    except BlockingIOError:
        pass


def first_to_hear(backends):
    for one in backends:
        one.settimeout(0.5)
    for _ in range(20):
        for one in backends:
            try:
                assert one.recv(100) == b"hello"
                return one
            except TimeoutError:
                pass
    raise AssertionError("no backend got the datagram")


@scenario("S26", "UDP: datagrams of 0 to 65507 bytes arrive whole both ways")
def udp_sizes(world):
    backend = world.datagrams()
    world.start(backend, protocol="udp")
    client = world.datagrams()
    for size in (1, 1472, 1473, 9000, 20000, 65507, 0):
        for one in (client, backend):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        source = ask(client, world.proxy.address, backend, os.urandom(size))
        answer(client, world.proxy.address, backend, source, os.urandom(size))
