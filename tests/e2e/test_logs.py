"""The log as a program reads it: JSON, and no flood of what repeats."""

import json

from support.tools import answers, wait_until

APP = {"id": "/web", "instances": 1, "labels": {"HAPROXY_GROUP": "external", "HAPROXY_0_VHOST": "a \"b\" \\ ü.example"},
       "container": {"type": "DOCKER", "docker": {"image": "mhausenblas/simpleservice:0.3.0", "network": "HOST"}},
       "portDefinitions": [{"port": 0, "labels": {"VIP_0": "/web:8000"}}]}


def lines(system):
    """Every line that is whole, read as JSON."""
    return [json.loads(line) for line in system.process.output().split("\n")[:-1]]


def test_every_line_is_an_object(start):
    system = start(options={"log": {"format": "json", "level": "debug"}, "vip": {"access_log": 100}})
    system.post(APP)
    vip = system.vip("web.marathon")
    wait_until(lambda: answers(f"http://{vip}:8000/endpoint0"), "the VIP answers")

    def sessions():
        return [line for line in lines(system) if line["msg"] == "session" and line["cause"] == "finished"]

    session = wait_until(sessions, "a line of the access log")[0]
    assert session["vip"] == "web.marathon:8000/tcp" and session["app"] == "/web" and session["tries"] == 1
    for line in lines(system):
        assert {"time", "level", "msg"} <= set(line) and line["level"] in ("debug", "info", "warning", "error")


def test_what_strangers_write_is_a_member_as_it_is(start):
    system = start(options={"log": {"format": "json"}})
    system.post(APP)
    told = wait_until(lambda: [one for one in lines(system) if one.get("label") == "HAPROXY_0_VHOST"], "a bad label")
    assert told[0]["level"] == "warning" and told[0]["app"] == "/web"
    assert told[0]["value"] == APP["labels"]["HAPROXY_0_VHOST"]


def test_a_hundred_mistakes_of_an_app_are_not_a_hundred_lines(start, tmp_path):
    """Those of another app are told as well."""
    ports = ", ".join(f"{{port: {i + 1}, labels: {{VIP_0: wrong}}}}" for i in range(100))
    services = tmp_path / "services.yaml"
    services.write_text("services:\n" + "".join(
        f"  {name}: {{ports: [{some}], endpoints: [10.0.0.1]}}\n"
        for name, some in (("many", ports), ("one", "{port: 80, labels: {VIP_0: wrong}}"))))
    system = start(role="dnsd", marathon_url="none", options={"marathon": {"urls": []}, "file": {"path": str(services)}})

    def bad(app):
        return [line for line in system.process.output().split("\n") if f'app="{app}"' in line and 'label="VIP_0"' in line]

    assert len(bad("one")) == 1
    assert 20 <= len(bad("many")) < 100
