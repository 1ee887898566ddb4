"""Configurations of what we replace: imported, checked, and run against what they followed."""

import json
import subprocess

import pytest
import yaml

from support.mesos import Master
from support.signpost import BINARY
from support.tools import SOURCE, free_ports, http, run

SAMPLE = {  # As Mesos-DNS ships it.
    "zk": "zk://127.0.0.1:2181/mesos", "masters": ["127.0.0.1:5050"], "stateTimeoutSeconds": 300, "refreshSeconds": 60,
    "ttl": 60, "domain": "mesos", "ns": "ns1", "port": 8053, "resolvers": ["8.8.8.8"], "timeout": 5,
    "listener": "0.0.0.0", "SOAMname": "ns1.mesos", "SOARname": "root.ns1.mesos", "SOARefresh": 60, "SOARetry": 600,
    "SOAExpire": 86400, "SOAMinttl": 60, "dnson": True, "httpon": True, "httpport": 8123, "externalon": True,
    "recurseon": True, "srvRecordDefaultWeight": 1, "IPSources": ["mesos", "host"], "EnforceRFC952": False,
    "EnumerationOn": True}


def signpost(*arguments):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=30)


def imported(tmp_path, config):
    (tmp_path / "config.json").write_text(json.dumps(config))
    done = signpost("import", "mesos-dns", tmp_path / "config.json")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_sample_of_mesos_dns_is_accepted_as_imported(tmp_path):
    path = tmp_path / "signpost.yaml"
    path.write_text(imported(tmp_path, SAMPLE))
    assert run(BINARY, "check", path) == f"{path}: ok\n"
    ours = yaml.safe_load(path.read_text())
    assert ours["mesos"]["masters"] == ["zk://127.0.0.1:2181/mesos"]
    assert ours["dns"]["listen"] == ["0.0.0.0:8053"] and ours["dns"]["ttl"] == "1m"
    assert "\n#   refreshSeconds: " in path.read_text()


def test_an_import_as_json_has_every_key(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(SAMPLE))
    told = json.loads(run(BINARY, "import", "mesos-dns", "--json", tmp_path / "config.json"))
    assert set(SAMPLE) <= {one["key"] for one in told["settings"]}
    assert {one["result"] for one in told["settings"]} == {"same", "differs", "not honoured"}
    assert yaml.safe_load(told["yaml"])["dns"]["forward_to"] == ["8.8.8.8:53"]


@pytest.mark.parametrize("text, error", [
    ('{\n  "ttl": 60,\n}', "config.json:3:1: no JSON"),
    ('{"masters": ["10.0.0.1:5050"],\n "refreshSecond": 5}', "config.json:2: refreshSecond: no such key of Mesos-DNS; "
                                                            "did you mean refreshSeconds?"),
    ('{"masters": ["10.0.0.1:5050"], "port": "53"}', "config.json:1: port: expected a whole number"),
])
def test_what_is_wrong_is_named_with_its_place(tmp_path, text, error):
    (tmp_path / "config.json").write_text(text)
    done = signpost("import", "mesos-dns", tmp_path / "config.json")
    assert done.returncode == 1 and done.stdout == ""
    assert error in done.stderr


def test_names_are_served_as_imported(start, tmp_path):
    """A file of Mesos-DNS, whose master runs one task: found by the same name, and over the same HTTP API."""
    master = Master()
    dns, api = free_ports(2)
    try:
        master.add("web", 31000)
        config = imported(tmp_path, {"masters": [f"127.0.0.1:{master.port}"], "listener": "127.0.0.1", "port": dns,
                                     "httplistener": "127.0.0.1", "httpport": api, "externalon": False, "ttl": 30})
        system = start(role="dnsd", marathon_url="none", options={"marathon": {"urls": []}} | yaml.safe_load(config))
        system.dns = ("127.0.0.1", dns)
        assert system.addresses("web.chronos.mesos") == ["127.0.0.2"]
        assert system.query("web.chronos.mesos", "A").answer[0].ttl == 30
        hosts = http("GET", f"http://127.0.0.1:{api}/v1/hosts/web.chronos.mesos").json()
        assert hosts == [{"host": "web.chronos.mesos.", "ip": "127.0.0.2"}]
    finally:
        master.close()


MARATHON_LB = ("import", "marathon-lb", "--json", "--", "PORTS=9090", "MARATHON_USER=lb", "MARATHON_PASSWORD=s3cret")


def test_marathon_lb_is_imported_without_its_secrets(tmp_path):
    told = json.loads(run(BINARY, *MARATHON_LB, "sse", "-m", "http://m:8080", "--group", "external"))
    assert "s3cret" not in json.dumps(told)
    path = tmp_path / "signpost.yaml"
    path.write_text(told["yaml"])
    run(BINARY, "check", path)
    assert yaml.safe_load(told["yaml"])["marathon"] == {
        "urls": ["http://m:8080"], "username": "lb", "password_file": "/etc/signpost/marathon-password"}


def test_the_reference_of_imports_is_printed_from_the_tables():
    assert run(BINARY, "import", "--reference") == (SOURCE / "docs/reference/import.md").read_text()


def test_an_import_of_nothing_says_what_there_is():
    done = signpost("import")
    assert done.returncode != 0 and "mesos-dns or marathon-lb" in done.stderr
