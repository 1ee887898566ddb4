"""Which addresses a host may make VIPs: its own, and those in no network of its interfaces."""

import sys
from pathlib import Path

import pytest
import yaml

from support.namespace import Namespace
from support.signpost import Process
from support.tools import wait_until

LISTENER = "import socket, time; one = socket.create_server(('10.9.0.1', 81)); print('ready', flush=True); time.sleep(600)"


@pytest.fixture
def host():
    """A host at 10.9.0.1/24."""
    made = Namespace()
    try:
        made.run("ip", "link", "add", "lan", "type", "veth", "peer", "name", "wire")
        made.run("ip", "address", "add", "10.9.0.1/24", "dev", "lan")
        made.run("ip", "link", "set", "lan", "up")
        yield made
    finally:
        made.close()


class Vipd:
    """Has a VIP at each of the addresses, whose backend is not there; that plays no part."""

    def __init__(self, host, directory, vips, **options):
        self.host, self.names = host, [f"v{number}" for number in range(len(vips))]
        services = {name: {"ports": [{"port": 1, "vip": vip}], "endpoints": [{"address": "127.0.0.1", "ports": [9]}]}
                    for name, vip in zip(self.names, vips)}
        (directory / "services.yaml").write_text(yaml.safe_dump({"services": services}))
        config = directory / "signpost.yaml"
        config.write_text(yaml.safe_dump({
            "file": {"path": str(directory / "services.yaml")}, "admin": {"listen": "127.0.0.1:8053"},
            "probe": {"enabled": False}, "vip": {"workers": 1, **options}}))
        self.process = Process(["vipd", "-c", config], directory / "log", prefix=host.prefix)
        wait_until(lambda: "ready" in host.get("http://127.0.0.1:8053/readyz"), "readyz")

    def log(self):
        return self.process.output()

    def metric(self, name):
        lines = self.host.get("http://127.0.0.1:8053/metrics").splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"signpost_vipd_{name} "))


@pytest.fixture
def start(host, tmp_path):
    running = []

    def start(vips, **options):
        running.append(Vipd(host, tmp_path, vips, **options))
        return running[0]

    yield start
    for one in running:
        one.process.stop()


def test_a_neighbours_address_is_refused_with_a_reason(start):
    vipd = start(["10.9.0.7:80", "10.9.0.1:80"])
    wait_until(lambda: vipd.metric("vips") == 1, "the VIP at the host's own address")
    line = next(line for line in vipd.log().splitlines() if "10.9.0.7:80" in line)
    for part in ('app="v0"', 'port=0', 'value="10.9.0.7:80"', "inside 10.9.0.0/24, a network of this host (10.9.0.1)"):
        assert part in line, line


def test_an_address_that_moves_may_be_named_before_it_has_come(host, start):
    vipd = start(["10.9.0.7:80"], host_network_addresses=True)
    wait_until(lambda: vipd.metric("listen_failures") == 1, "the VIP that cannot listen yet")
    host.run("ip", "address", "add", "10.9.0.7/24", "dev", "lan")
    wait_until(lambda: vipd.metric("listen_failures") == 0, "the VIP to listen")


def test_a_port_in_use_is_refused_with_a_reason(host, start, tmp_path):
    holder = Process(["-c", LISTENER], tmp_path / "holder", prefix=host.prefix, binary=Path(sys.executable))
    try:
        wait_until(lambda: "ready" in holder.output(), "the port to be taken")
        vipd = start(["10.9.0.1:81"])
        wait_until(lambda: vipd.metric("listen_failures") == 1, "the VIP that cannot listen")
        assert "vip=10.9.0.1:81/tcp address=10.9.0.1:81: address in use" in vipd.log()
    finally:
        holder.stop()


def test_a_pool_that_holds_the_hosts_address_is_not_made_local(host, start):
    vipd = start(["/web:80"], pool="10.0.0.0/8")
    assert "vip_pool=10.0.0.0/8 not available: it holds the address of an interface, 10.9.0.1" in vipd.log()
    assert "local 10.0.0.0/8" not in host.run("ip", "route", "show", "table", "local")
