"""Names beside those of tasks, asked for over the wire, and the HTTP API of Mesos-DNS."""

import dns.message
import dns.query
import pytest

from support.tools import free_ports, http, wait_until


@pytest.fixture
def system(start, tmp_path):
    """Two services of a file, records written by hand, and the API at a port of its own."""
    path = tmp_path / "services.yaml"
    path.write_text("services:\n"
                    "  web:\n    ports: [{port: 31000, name: http, vip: '/web:8000'}]\n"
                    "    endpoints: [127.0.0.7]\n"
                    "  slow: {endpoints: [127.0.0.8], labels: {SIGNPOST_DNS_TTL: '60'}}\n")
    (port,) = free_ports(1)
    system = start(marathon_url="none", options={
        "marathon": {"urls": []},
        "file": {"path": str(path)},
        "admin": {"mesos_dns_listen": [f"127.0.0.1:{port}"]},
        "dns": {
            "zones": ["corp.example"],
            "records": ["www.corp.example 9 CNAME web.file.mesos", "corp.example TXT \"a b\" c"],
            "schemes": {"zk": "off", "l4lb": "vip.example"},
        }})
    system.mesos_dns = f"http://127.0.0.1:{port}"
    return system


def test_near_tasks_are_told_to_those_near_to_them(start, tmp_path):
    """By where the server stands, which follows the file, and by where the client is."""
    path = tmp_path / "services.yaml"

    def write(health):
        (tmp_path / "new").write_text(
            "services:\n"
            "  web:\n    endpoints:\n"
            f"    - {{address: 127.0.1.1, zone: eu-1, health: {health}}}\n"
            "    - {address: 127.0.2.1, zone: eu-2}\n"
            "    - {address: 127.0.2.2, zone: eu-2}\n")
        (tmp_path / "new").rename(path)

    def start_one(node, **dns):
        return start(role="dnsd", marathon_url="none", options={
            "marathon": {"urls": []}, "file": {"path": str(path)}, "node": node, "dns": dns})

    write("passing")
    agent = start_one({"addresses": ["127.0.2.1"]}, prefer_local="agent")
    zone = start_one({"zone": "eu-1"}, prefer_local="zone")
    subnet = start_one({}, prefer_subnets=["127.0.2.0/24", "127.0.1.0/24"])
    assert agent.addresses("web.file.mesos") == ["127.0.2.1"]
    assert zone.addresses("web.file.mesos") == ["127.0.1.1"]
    query = dns.message.make_query("web.file.mesos", "A")
    for source, count in [("127.0.2.9", 2), ("127.0.1.9", 1), ("127.0.3.9", 3)]:
        for ask in (dns.query.udp, dns.query.tcp):
            reply = ask(query, subnet.dns[0], port=subnet.dns[1], timeout=5, source=source)
            assert len(reply.answer[0]) == count, source
    write("failing")
    wait_until(lambda: zone.addresses("web.file.mesos") == ["127.0.2.1", "127.0.2.2"], "the others")


def test_records_written_by_hand_are_served(system):
    answer = system.query("www.corp.example", "A").answer
    assert [(rrset.ttl, [str(record) for record in rrset]) for rrset in answer] == [
        (9, ["web.file.mesos."]), (5, ["127.0.0.7"])]
    assert str(system.query("corp.example", "TXT").answer[0][0]) == '"a b" "c"'


def test_an_app_sets_its_ttl(system):
    assert system.query("slow.file.mesos", "A").answer[0].ttl == 60
    assert system.query("web.file.mesos", "A").answer[0].ttl == 5


def test_schemes_are_off_or_elsewhere_as_configured(system):
    assert system.query("zk-1.zk", "A").rcode().name == "REFUSED"
    assert system.addresses("web.file.vip.example") == system.addresses(
        "web.file.dclb.thisdcos.directory") != []
    assert system.query("web.file.l4lb.thisdcos.directory", "A").rcode().name == "NXDOMAIN"
    assert system.addresses("ready.spartan") == ["127.0.0.1"]


@pytest.mark.parametrize("place", ["mesos_dns", "admin"])
def test_the_api_of_mesos_dns_is_served(system, place):
    base = getattr(system, place)
    assert http("GET", f"{base}/v1/hosts/web.file.mesos").json() == [
        {"host": "web.file.mesos.", "ip": "127.0.0.7"}]
    (service,) = http("GET", f"{base}/v1/services/_http._web._tcp.file.mesos").json()
    assert (service["ip"], service["port"]) == ("127.0.0.7", "31000")
    assert http("GET", f"{base}/v1/axfr").json()["Records"]["As"]["ns1.mesos."] == ["127.0.0.1"]
    assert http("GET", f"{base}/v1/version").json()["Service"] == "Mesos-DNS"


def test_only_the_api_of_mesos_dns_is_served_at_its_port(system):
    assert http("GET", f"{system.mesos_dns}/metrics").status == 404
    assert http("GET", f"{system.admin}/metrics").status == 200
