"""Zonemaster's tests of a delegation, against a zone of ours that is not delegated (`--ns`), on a network of its own."""

import json
import shutil

import pytest
import yaml

from support.signpost import Process
from support.tools import wait_until

MODULES = ("Address", "Basic", "Connectivity", "Consistency", "Delegation", "Nameserver", "Syntax", "Zone")

# Warnings and worse that are meant for zones of the public DNS; docs/dns-conformance.md explains them.
EXPECTED = {
    "EXPIRE_MINIMUM_VALUE_LOWER": "a secondary that has not heard of us for a day is of no use",
    "NOT_ENOUGH_NS_DEL": "one server is asked here",
    "NOT_ENOUGH_NS_CHILD": "one server is asked here",
    "NOT_ENOUGH_IPV4_NS_DEL": "one server is asked here",
    "NOT_ENOUGH_IPV4_NS_CHILD": "one server is asked here",
    "NAMESERVER_IP_PRIVATE_NETWORK": "the server is at a loopback address",
    "Z01_MNAME_HAS_LOCALHOST_ADDR": "the server is at a loopback address",
    "NAMESERVER_IP_WITHOUT_REVERSE": "nobody has the reverse zone of loopback addresses here",
}


@pytest.fixture
def zonemaster(namespace, tmp_path):
    """Runs tests of Zonemaster against `mesos.`; gives its messages."""
    if shutil.which("zonemaster-cli") is None:
        pytest.skip("zonemaster-cli is missing: apt-get install zonemaster-cli")
    (tmp_path / "services.yaml").write_text(
        "services: {web: {ports: [{port: 80, name: http}], endpoints: [10.0.0.1, 10.0.0.2]}}\n")
    (tmp_path / "signpost.yaml").write_text(yaml.safe_dump({
        "dns": {"listen": ["127.0.0.1:53"], "workers": 1}, "file": {"path": str(tmp_path / "services.yaml")},
        "admin": {"listen": "127.0.0.1:9090"}}))
    hints = tmp_path / "hints"  # Nobody else is asked.
    hints.write_text(". 3600000 NS A.ROOT-SERVERS.NET.\nA.ROOT-SERVERS.NET. 3600000 A 127.0.0.1\n")
    process = Process(["dnsd", "-c", tmp_path / "signpost.yaml"], tmp_path / "log", prefix=namespace.prefix)
    wait_until(lambda: namespace.get("http://127.0.0.1:9090/readyz"), "readyz")

    def run(module):
        text = namespace.run("zonemaster-cli", "mesos", "--ns", "ns1.mesos/127.0.0.1", "--no-ipv6", "--hints",
                             str(hints), "--level", "INFO", "--json", "--no-json-translate", "--test", module)
        return json.loads(text)

    yield run
    process.stop()


@pytest.mark.parametrize("module", MODULES)
def test_a_zone_is_as_zonemaster_wants_it(zonemaster, module):
    messages = zonemaster(module)
    tags = {message["tag"] for message in messages}
    bad = {message["tag"] for message in messages if message["level"] in ("WARNING", "ERROR", "CRITICAL")}
    assert bad - set(EXPECTED) == set()
    if module == "Nameserver":
        assert {"NO_RECURSOR", "EDNS0_SUPPORT", "AXFR_FAILURE", "SAME_SOURCE_IP", "NO_UPWARD_REFERRAL",
                "CASE_QUERIES_RESULTS_OK"} <= tags
