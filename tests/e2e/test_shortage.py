"""What vipd does when something of this host runs out, beside descriptors (S17)."""

import socket

import pytest

from scenarios import World
from scenarios_of_failures import in_own_network, set_port_range
from support.proxies import Unsupported, Vipd
from support.tools import wait_until
from support.world import PATIENCE, RST, read_all


def client_at(world, port):
    """One whose own port is outside the range that has run out."""
    client = world.keep(socket.socket())
    client.settimeout(PATIENCE)
    client.bind(("127.0.0.1", port))
    client.connect(world.proxy.address)
    return client


def end_of_client_at(world, port):
    """The reset may be faster than connect() returns."""
    try:
        return read_all(client_at(world, port))[1]
    except ConnectionResetError:
        return RST


def no_port_to_the_only_backend(world):
    listener = world.listener()
    world.start(listener)
    set_port_range("61000 61003")
    taken = [world.keep(socket.create_connection(listener.getsockname())) for _ in range(4)]
    for _ in taken:
        world.accept(listener)
    assert end_of_client_at(world, 62000) == RST
    assert end_of_client_at(world, 62001) == RST
    log = world.proxy.process.output()
    assert log.count("cannot be tried: no source port is left") == 1, log

    for one in taken:
        one.close()
    set_port_range("32768 60999")
    client = client_at(world, 62002)
    world.accept(listener).sendall(b"x")
    assert client.recv(1) == b"x"


def test_without_a_source_port_clients_are_reset_and_it_recovers():
    world = World(Vipd)
    try:
        in_own_network(no_port_to_the_only_backend, world)
    except Unsupported as why:
        pytest.skip(str(why))
    finally:
        world.close()
