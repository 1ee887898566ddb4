"""Four instances under constant load through the VIP; whatever happens to them, no call fails."""

import pytest
from load import KEPT, NEW

from support.lab import go_on, under_load
from support.tools import answers, http, wait_until

APP = {
    "id": "/web",
    "instances": 4,
    "container": {"type": "DOCKER", "docker": {"image": "mhausenblas/simpleservice:0.3.0", "network": "HOST"}},
    "portDefinitions": [{"labels": {"VIP_0": "/web:8000"}}],
}


@pytest.fixture
def web(system):
    system.post(APP)
    system.wait_tasks("/web", 4)
    vip = system.vip("web.marathon")
    wait_until(lambda: answers(f"http://{vip}:8000/endpoint0"), "the VIP answers")
    system.address = (vip, 8000)
    return system


@pytest.fixture
def load(web):
    with under_load(web.address, kinds=(KEPT, NEW), threads=8, rate=400) as running:
        yield running


def held(load, more=500):
    """Lets the load go on for a while; then it must not have seen a single failure."""
    go_on(load, more)
    report = load.snapshot()
    assert not report.failures, report
    return report


def backends(system):
    services = system.services()["services"]
    return [b for s in services for v in s["vips"] for b in v["backends"]]


def wait_passing(system, count):
    wait_until(lambda: [b["state"] for b in backends(system)] == ["passing"] * count,
               f"{count} passing backends")


def scale(system, count):
    answer = http("PUT", system.marathon + "/v2/apps/web", {"instances": count})
    assert answer.status == 200, answer.text
    system.wait_tasks("/web", count)
    wait_passing(system, count)


def test_killing_a_task(web, load):
    victim = web.tasks("/web")[0]["id"]
    assert http("DELETE", f"{web.marathon}/v2/apps/web/tasks/{victim}").status == 200
    wait_until(lambda: victim not in [t["id"] for t in web.wait_tasks("/web", 4)], "a replacement")
    wait_passing(web, 4)
    held(load)


def test_scaling_4_2_6(web, load):
    scale(web, 2)
    held(load)
    scale(web, 6)
    report = held(load)
    assert len(report.by_task) >= 6


def test_deleting_an_instance_for_good(web, load):
    victim = web.tasks("/web")[1]["id"]
    answer = http("POST", web.marathon + "/v2/tasks/delete?scale=true", {"ids": [victim]})
    assert answer.status == 200, answer.text
    web.wait_tasks("/web", 3)
    wait_passing(web, 3)
    held(load)


def test_a_rolling_update(web, load):
    before = {t["id"] for t in web.tasks("/web")}
    answer = http("PUT", web.marathon + "/v2/apps/web", {"env": {"SIMPLE_SERVICE_VERSION": "2.0"}})
    assert answer.status == 200, answer.text
    wait_until(lambda: len(web.tasks("/web")) == 4 and not before & {t["id"] for t in web.tasks("/web")},
               "all tasks replaced", limit=120)
    wait_passing(web, 4)
    held(load)
