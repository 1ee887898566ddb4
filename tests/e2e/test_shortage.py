"""What vipd does when something of this host runs out, beside descriptors (S17)."""

import contextlib
import re
import resource
import selectors
import signal
import socket
import threading
from pathlib import Path

import pytest
import yaml

from scenarios import World
from scenarios_of_failures import in_own_network, set_port_range
from support.proxies import Unsupported, Vipd
from support.tools import http, run, wait_until
from support.world import FIN, PATIENCE, RST, read_all


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


def memory(process, what):
    """Of /proc/PID/status, in bytes."""
    return int(re.search(what + r":\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())[1]) * 1024


def allocations_fail(world):
    """From now on, after some megabytes more."""
    process = world.proxy.process
    run("prlimit", f"--as={memory(process, 'VmSize') + 8_000_000}", "--pid", str(process.pid))


def limit_is_near(world):
    """Resident memory is too much once it is some megabytes more; that of a reload is no matter."""
    process = world.proxy.process
    resident = memory(process, "VmRSS")
    limit = (resident + max(24_000_000, resident // 2)) * 10 // 9
    settings = yaml.safe_load(world.proxy.config.read_text())
    settings["process"]["max_memory_bytes"] = limit
    world.proxy.config.write_text(yaml.safe_dump(settings))
    process.popen.send_signal(signal.SIGHUP)
    wait_until(lambda: world.proxy.value("memory_limit_bytes") == limit, "the limit")


def slow_readers(world, make_scarce):
    """Each holds a block of 16 KiB of vipd's, as the kernel's buffers are small."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # Both ends of all sessions are ours.
    for side in ("tcp_rmem", "tcp_wmem"):
        Path(f"/proc/sys/net/ipv4/{side}").write_text("4096 4096 4096")
    listener = world.listener(backlog=1024)
    threading.Thread(target=flood, args=(listener,), daemon=True).start()
    world.start(listener)
    process = world.proxy.process
    make_scarce(world)
    turned_away = 'vipd_sessions_ended_total{cause="memory"}'
    slow = []
    while not world.proxy.value(turned_away):
        assert process.running(), process.output()
        assert len(slow) < 6000, "memory does not run out"
        for _ in range(50):
            with contextlib.suppress(ConnectionResetError):  # Turned away before connect() returned.
                slow.append(socket.create_connection(world.proxy.address))
    wait_until(lambda: "is short" in process.output(), "the log to tell")
    assert http("GET", world.proxy.admin + "/v1/services").status in (200, 503)

    for one in slow:
        one.close()
    wait_until(lambda: gets_something(world.proxy.address), "a new client to be served")
    wait_until(lambda: world.proxy.value("memory_short") == 0, "the end of it")
    assert http("GET", world.proxy.admin + "/v1/services").status == 200
    assert process.output().count("is short") == world.proxy.value("memory_shortages_total"), process.output()


def flood(listener):
    """Sends all clients as much as they take, for as long as the listener is open."""
    ready = selectors.DefaultSelector()
    ready.register(listener, selectors.EVENT_READ)
    while listener.fileno() >= 0:
        for key, _ in ready.select(timeout=0.1):
            one = key.fileobj
            try:
                if one is listener:
                    client, _ = listener.accept()
                    client.setblocking(False)
                    ready.register(client, selectors.EVENT_WRITE)
                else:
                    one.send(bytes(65536))
            except OSError:
                if one is listener:
                    return
                ready.unregister(one)
                one.close()


def gets_something(address):
    try:
        with socket.create_connection(address, timeout=PATIENCE) as client:
            return client.recv(1) != b""
    except OSError:
        return False


def limit_memory(system, limit):
    """Takes effect with a reload."""
    settings = yaml.safe_load(system.config_path.read_text())
    settings["process"] = {"max_memory_bytes": limit}
    system.config_path.write_text(yaml.safe_dump(settings))
    system.process.popen.send_signal(signal.SIGHUP)
    wait_until(lambda: float(re.search(r"\nsignpost_memory_limit_bytes (\S+)", system.metrics())[1]) == limit, "the limit")


def answers_over_tcp(names):
    try:
        return bool(names.query("web.marathon.mesos", "A", tcp=True).answer)
    except (EOFError, ConnectionResetError):
        return False


def test_without_memory_dns_is_served_over_udp_alone_and_it_recovers(names):
    idle = socket.create_connection(names.dns)
    assert answers_over_tcp(names)
    limit_memory(names, 1 << 20)
    idle.settimeout(PATIENCE)
    assert read_all(idle)[1] == FIN
    wait_until(lambda: not answers_over_tcp(names), "a refusal")
    assert names.addresses("web.marathon.mesos")
    assert re.search(r'tcp_closed_total{reason="memory"} [2-9]', names.metrics())
    assert "VIPs and DNS over TCP refuse new clients" in names.process.output()
    limit_memory(names, 1 << 40)
    wait_until(lambda: answers_over_tcp(names), "a connection to be served")


@pytest.mark.parametrize("make_scarce", [allocations_fail, limit_is_near])
def test_without_memory_clients_are_reset_and_it_recovers(make_scarce):
    world = World(Vipd)
    try:
        in_own_network(lambda here: slow_readers(here, make_scarce), world)
    except Unsupported as why:
        pytest.skip(str(why))
    finally:
        world.close()


def test_without_a_source_port_clients_are_reset_and_it_recovers():
    world = World(Vipd)
    try:
        in_own_network(no_port_to_the_only_backend, world)
    except Unsupported as why:
        pytest.skip(str(why))
    finally:
        world.close()
