"""Every app of the workshop, posted unmodified, is found as the lab texts say."""

import json

import pytest

from support.tools import answers, http, wait_until

APPS = {
    # fixture: (app id, SRV owner, what the lab reaches it by)
    "sise.json": ("/sise", "_sise._tcp.marathon.mesos"),
    "sise-external.json": ("/sise", "_sise._tcp.marathon.mesos"),
    "zdd-base.json": ("/zdd/base", "_base-zdd._tcp.marathon.mesos"),
    "zdd-base-health.json": ("/zdd/base-health", "_base-health-zdd._tcp.marathon.mesos"),
    "zdd-base-ready.json": ("/zdd/base-ready", "_base-ready-zdd._tcp.marathon.mesos"),
    "zdd-base-min-over.json": ("/zdd/base-min-over", "_base-min-over-zdd._tcp.marathon.mesos"),
    "zdd-blue.json": ("/zdd/blue", "_blue-zdd._tcp.marathon.mesos"),
    "zdd-green.json": ("/zdd/green", "_green-zdd._tcp.marathon.mesos"),
    "slides-webserver.json": ("/webserver", "_webserver._tcp.marathon.mesos"),
    "nginx.json": ("/webserver", "_webserver._tcp.marathon.mesos"),
    "peek.json": ("/peek", "_peek._tcp.marathon.mesos"),
}


def load(shared, name):
    app = json.loads((shared / "workshop" / name).read_text())
    return app


@pytest.mark.parametrize("name", APPS)
def test_app_is_found_by_name(system, shared, name):
    app_id, owner = APPS[name]
    app = load(shared, name)
    assert system.post(app)["id"] == app_id
    count = app.get("instances", 1)
    tasks = system.wait_tasks(app_id, count)

    def all_there():
        reply = system.query(owner, "SRV")
        return reply if sum(len(rrset) for rrset in reply.answer) == count else None

    reply = wait_until(all_there, f"{count} SRV records at {owner}")
    ports = sorted(record.port for rrset in reply.answer for record in rrset)
    assert ports == sorted(task["ports"][0] for task in tasks)
    # The addresses of every target come along, and lead to the tasks.
    glue = {rrset.name: rrset[0].address for rrset in reply.additional if rrset.rdtype == 1}
    for rrset in reply.answer:
        for record in rrset:
            wait_until(lambda r=record: answers(f"http://{glue[r.target]}:{r.port}/"
                                                + ("endpoint0" if "simpleservice" in str(app) else "")),
                       f"{record.target}:{record.port} answers")


def test_sise_is_reached_by_its_named_vip(system, shared):
    app = load(shared, "sise.json")
    system.post(app)
    vip = system.vip("sise.marathon")
    assert vip.startswith("127.")
    reply = wait_until(lambda: answers(f"http://{vip}:80/endpoint0") and http(
        "GET", f"http://{vip}:80/endpoint0"), "the VIP answers")
    assert reply.json() == {"host": vip, "version": "0.9", "result": "all is well"} or reply.json()[
        "result"] == "all is well"


def test_sise_external_is_reached_by_service_port_10010(system, shared):
    system.post(load(shared, "sise-external.json"))
    wait_until(lambda: answers("http://127.0.0.1:10010/endpoint0"), "service port 10010 answers")
    hosts = set()

    def all_three():
        hosts.add(http("GET", "http://127.0.0.1:10010/endpoint0").headers["X-Task-Id"])
        return len(hosts) == 3

    wait_until(all_three, "three tasks answer")


def test_blue_is_reached_by_its_haproxy_port_and_green_is_not(system, shared):
    system.post(load(shared, "zdd-blue.json"))
    system.post(load(shared, "zdd-green.json"))
    wait_until(lambda: answers("http://127.0.0.1:10080/endpoint0"), "port 10080 answers")
    system.wait_tasks("/zdd/green", 4)
    assert http("GET", "http://127.0.0.1:10080/endpoint0").json()["version"] == "0.9"
    vips = {v["id"] for s in system.services()["services"] if s["app"] == "/zdd/green" for v in s["vips"]}
    assert not vips


def test_the_dcos_names(system, shared):
    system.post(load(shared, "sise.json"))
    task = system.wait_tasks("/sise", 1)[0]
    for form in ("agentip", "containerip", "autoip"):
        name = f"sise.marathon.{form}.dcos.thisdcos.directory"
        assert wait_until(lambda: system.addresses(name), name) == [task["host"]]


def test_a_group_of_two_apps(system):
    group = {"id": "/shop", "groups": [{"id": "web", "apps": [
        {"id": "front", "cmd": "sleep 600"},
        {"id": "back", "container": {"type": "DOCKER", "docker": {"image": "example/unknown:1"}}}]}]}
    answer = http("POST", system.marathon + "/v2/groups", group)
    assert answer.status == 201, answer.text
    for app in ("front", "back"):
        system.wait_tasks(f"/shop/web/{app}", 1)
        wait_until(lambda: system.addresses(f"{app}.web.shop.marathon.mesos"), app)
