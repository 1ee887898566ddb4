"""Two Signposts on one host, of one user, who know nothing of each other: the kernel would share the clients out among them."""

import socket
import threading

import pytest
import yaml

from support.signpost import Process
from support.tools import free_ports, wait_until

ANSWER = b"served"
WORKERS = {"workers": 2}


@pytest.fixture
def backend():
    """Answers whoever connects, and each datagram."""
    tcp = socket.create_server(("127.0.0.1", 0))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(tcp.getsockname())

    def accept():
        while True:
            try:
                client, _ = tcp.accept()
            except OSError:
                return
            client.sendall(ANSWER)
            client.close()

    def echo():
        while True:
            try:
                udp.sendto(ANSWER, udp.recvfrom(100)[1])
            except OSError:
                return

    for work in (accept, echo):
        threading.Thread(target=work, daemon=True).start()
    yield "127.0.0.1:%d" % tcp.getsockname()[1]
    tcp.shutdown(socket.SHUT_RDWR)
    tcp.close()
    udp.close()


def served(address, protocol):
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as client:
        client.settimeout(10)
        client.connect(address)
        if protocol == "udp":
            client.send(b"?")
        return client.recv(100) == ANSWER


def connections(system, vip):
    series = f'signpost_vipd_connections_total{{vip="{vip}"}} '
    return sum(float(line.split()[-1]) for line in system.metrics().splitlines() if line.startswith(series))


def metric(system, series):
    line = next(line for line in system.metrics().splitlines() if line.startswith(series + " "))
    return float(line.split()[-1])


def test_one_serves_a_vip_and_the_other_says_why_it_does_not(start, marathon, backend):
    ports = dict(zip(("tcp", "udp"), free_ports(2)))
    fixed = [f"/tcp:{ports['tcp']} {backend}", f"/udp:{ports['udp']} udp {backend}"]
    options = {"vip": {"fixed": fixed, **WORKERS}, "dns": WORKERS, "probe": {"enabled": False}}
    first = start(marathon_url=marathon.url, options=options)
    vips = {protocol: (first.vip(f"{protocol}.config"), port) for protocol, port in ports.items()}
    wait_until(lambda: metric(first, "signpost_vipd_generation") == metric(first, "signpost_watcher_generation"), "both VIPs")
    second = start(marathon_url=marathon.url, options=options)
    wait_until(lambda: metric(second, "signpost_vipd_listen_failures") >= 2, "both to be taken")
    for protocol, (address, port) in vips.items():
        assert (f"vip={protocol}.config:{port}/{protocol} address={address}:{port}: address in use, perhaps by another signpost; "
                "stop the program that listens there, or give the VIP another port") in second.process.output()
    for protocol, address in vips.items():
        assert all(served(address, protocol) for _ in range(20))
        vip = f"{protocol}.config:{address[1]}/{protocol}"
        # Two of UDP from one port are one flow.
        assert connections(first, vip) == 20 if protocol == "tcp" else connections(first, vip) > 0
        assert connections(second, vip) == 0

    first.stop()
    wait_until(lambda: metric(second, "signpost_vipd_listen_failures") == 0, "the other to take over")
    for protocol, address in vips.items():
        assert served(address, protocol)


def test_names_are_answered_by_one_and_the_other_ends(start, marathon, tmp_path):
    first = start(marathon_url=marathon.url, options={"dns": WORKERS})
    settings = yaml.safe_load(first.config_path.read_text())
    settings["admin"]["listen"] = "127.0.0.1:%d" % free_ports(1)[0]
    path = tmp_path / "second.yaml"
    path.write_text(yaml.safe_dump(settings))
    second = Process(["dnsd", "-c", path], tmp_path / "second.log")
    wait_until(lambda: not second.running(), "its end")
    assert second.stop() != 0
    assert "cannot listen on %s:%d (UDP): address already in use; change dns.listen" % first.dns in second.output()
    assert first.addresses("web.marathon.mesos")
