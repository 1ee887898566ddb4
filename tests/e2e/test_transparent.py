"""Backends that see the clients' addresses: three hosts, each a network of its own, routed as the guide says.

         client 10.1.0.2 ──── 10.1.0.1 vipd 10.2.0.1 ──── 10.2.0.2 backend
          fd00:1::2             fd00:1::1   fd00:2::1        fd00:2::2
"""

import subprocess

import pytest
import yaml

from support.namespace import Namespace
from support.signpost import Process
from support.tools import wait_until

BACKEND = """
import socket, sys
kind, address, port = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
if kind == "udp":
    one = socket.socket(family, socket.SOCK_DGRAM)
    one.bind((address, int(port)))
    print("ready", flush=True)
    while True:
        _, peer = one.recvfrom(100)
        one.sendto(peer[0].encode(), peer)
else:
    one = socket.create_server((address, int(port)), family=family)
    print("ready", flush=True)
    while True:
        connection, peer = one.accept()
        connection.sendall(peer[0].encode())
        connection.close()
"""

CLIENT = """
import socket, sys
kind, address, port = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
one = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
one.settimeout(2)
one.connect((address, int(port)))
if kind == "udp":
    one.send(b"who am I?")
print(one.recv(100).decode(), end="")
"""


class Host:
    """A network below that of `parent`, wired to it."""

    def __init__(self, parent, name, number):
        self.prefix = parent.prefix
        self.holder = subprocess.Popen(
            [*parent.prefix, "unshare", "--net", "sh", "-c", "ip link set lo up; echo up; exec sleep infinity"],
            stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "up\n", "cannot make a network namespace"
        parent.run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(self.holder.pid))
        self.prefix = ("nsenter", "--target", parent.pid, "--user", "--preserve-credentials",
                       "nsenter", "--target", str(self.holder.pid), "--net")
        for where, device, last in ((parent.prefix, name, 1), (self.prefix, "eth0", 2)):
            for address in (f"10.{number}.0.{last}/24", f"fd00:{number}::{last}/64"):
                command(where, "ip", "address", "add", address, "dev", device, *["nodad"] * (":" in address))
            command(where, "ip", "link", "set", device, "up")
        command(self.prefix, "ip", "route", "add", "default", "via", f"10.{number}.0.1")
        command(self.prefix, "ip", "-6", "route", "add", "default", "via", f"fd00:{number}::1")

    def close(self):
        self.holder.kill()
        self.holder.wait()


def command(prefix, *words):
    done = subprocess.run([*prefix, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture
def hosts():
    try:
        middle = Namespace()
        client, backend = Host(middle, "left", 1), Host(middle, "right", 2)
    except AssertionError as why:
        pytest.skip(f"needs root: {why}")
    for family, everything in (("-4", "0.0.0.0/0"), ("-6", "::/0")):
        middle.run("ip", family, "rule", "add", "iif", "right", "lookup", "100")
        middle.run("ip", family, "route", "add", "local", everything, "dev", "lo", "table", "100")
    yield client, middle, backend
    for one in (client, backend, middle):
        one.close()


def start_backend(host, kind, address, port):
    backend = subprocess.Popen([*host.prefix, "/usr/bin/python3", "-c", BACKEND, kind, address, str(port)],
                               stdout=subprocess.PIPE, text=True)
    assert backend.stdout.readline() == "ready\n"
    return backend


def ask(host, kind, address, port):
    """The client's own address as the backend knows it; nothing while there is no answer."""
    done = subprocess.run([*host.prefix, "/usr/bin/python3", "-c", CLIENT, kind, address, str(port)],
                          capture_output=True, text=True, timeout=30)
    return done.stdout


def test_backends_see_their_clients(hosts, tmp_path):
    client, middle, backend = hosts
    routes = [("tcp", "10.1.0.1", "10.2.0.2", "10.1.0.2"), ("udp", "10.1.0.1", "10.2.0.2", "10.1.0.2"),
              ("tcp", "fd00:1::1", "fd00:2::2", "fd00:1::2"), ("udp", "fd00:1::1", "fd00:2::2", "fd00:1::2")]
    backends = [start_backend(backend, kind, to, 9000) for kind, _, to, _ in routes]
    bracketed = {address: f"[{address}]" if ":" in address else address for route in routes for address in route[1:3]}
    config = tmp_path / "signpost.yaml"
    config.write_text(yaml.safe_dump({
        "dns": {"listen": ["127.0.0.1:5353"]}, "admin": {"listen": "127.0.0.1:8080"}, "probe": {"enabled": False},
        "vip": {"workers": 1, "transparent": True, "fixed": [
            f"{bracketed[vip]}:80 {'udp ' * (kind == 'udp')}{bracketed[to]}:9000" for kind, vip, to, _ in routes]}}))
    process = Process(["vipd", "-c", config], tmp_path / "log", prefix=middle.prefix)
    try:
        for kind, vip, _, expected in routes:
            def answer(kind=kind, vip=vip):
                assert process.running(), process.output()
                return ask(client, kind, vip, 80)

            seen = wait_until(answer, f"an answer over {kind} to {vip}")
            assert seen == expected
    finally:
        process.stop()
        print(process.output())
        for one in backends:
            one.kill()
            one.wait()


def test_a_missing_capability_is_told_at_the_start(tmp_path):
    config = tmp_path / "signpost.yaml"
    config.write_text(yaml.safe_dump({"vip": {"transparent": True}, "dns": {"listen": []}}))
    process = Process(["vipd", "-c", config], tmp_path / "log",
                      prefix=("setpriv", "--bounding-set=-net_admin,-net_raw", "--inh-caps=-net_admin,-net_raw"))
    wait_until(lambda: not process.running(), "its end")
    assert process.stop() != 0
    assert "vip.transparent: not permitted" in process.output()
