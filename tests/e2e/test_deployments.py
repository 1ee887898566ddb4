"""Every rolling update of the lab, under constant load through a VIP: no call fails that a proxy can save.

Twice: with the feature task_killing, where Marathon says of a task that it is being killed, and without,
where it says nothing until the task is dead.
"""

import time

import pytest

from support.lab import (FAST, SLOW, behind_vip, change, delete, go_on, lab_app, settle, under_load, unhurt,
                         version_of, wait_passing)
from support.signpost import BINARY, Signpost
from support.tools import http, wait_until

TIGHT = {"minimumHealthCapacity": 1, "maximumOverCapacity": 0}
HALF = {"minimumHealthCapacity": 0.5, "maximumOverCapacity": 0}
GAP = {"minimumHealthCapacity": 0, "maximumOverCapacity": 0}

DEPLOYMENTS = {
    "default": ("zdd-base.json", FAST, {}),
    "health": ("zdd-base-health.json", FAST, {}),
    "health-slow": ("zdd-base-health.json", SLOW, {}),
    "readiness": ("zdd-base-ready.json", FAST, {}),
    "readiness-slow": ("zdd-base-ready.json", SLOW, {}),
    "min-over": ("zdd-base-min-over.json", FAST, {}),
    "min-over-slow": ("zdd-base-min-over.json", SLOW, {}),
    "one-by-one": ("zdd-base-health.json", FAST, {"upgradeStrategy": TIGHT, "instances": 3}),
    "half": ("zdd-base-health.json", FAST, {"upgradeStrategy": HALF}),
}


@pytest.fixture(scope="module", params=["task_killing", "plain"])
def cluster(request, tmp_path_factory):
    """A whole system that the tests of this file share."""
    one = Signpost(tmp_path_factory.mktemp(request.param),
                   options={"minimarathon": {"task_killing": request.param == "task_killing"}})
    yield one
    one.stop()
    print(one.process.output()[-20000:])


@pytest.fixture
def posted(cluster):
    """Deploys an app behind the VIP lab.marathon:8000 and returns the VIP; the app goes with the test."""
    gone = []

    def post(app):
        cluster.post(behind_vip(app))
        gone.append(app["id"])
        settle(cluster)
        wait_passing(cluster, app["id"], app["instances"])
        return cluster.vip("lab.marathon"), 8000

    yield post
    for app_id in gone:
        delete(cluster, app_id)


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_a_rolling_update_fails_no_call(cluster, posted, shared, deployment):
    name, speed, changes = DEPLOYMENTS[deployment]
    app = lab_app(shared, name, speed, **changes)
    address = posted(app)
    before = {task["id"] for task in cluster.tasks(app["id"])}
    with under_load(address) as load:
        change(cluster, app["id"], version_of(app, "1.0"))
        wait_passing(cluster, app["id"], app["instances"])
        report = unhurt(load)
    after = {task["id"] for task in cluster.tasks(app["id"])}
    assert not before & after
    assert before & set(report.by_task) and after & set(report.by_task)


def test_scaling_restarting_and_rolling_back_fail_no_call(cluster, posted, shared):
    app = lab_app(shared, "zdd-base-health.json", instances=2)
    address = posted(app)
    with under_load(address) as load:
        change(cluster, app["id"], {"instances": 5})
        change(cluster, app["id"], {"instances": 2})
        assert http("POST", f"{cluster.marathon}/v2/apps{app['id']}/restart").status == 200
        settle(cluster)
        begun = http("PUT", f"{cluster.marathon}/v2/apps{app['id']}", version_of(app, "1.0"))
        back = http("DELETE", f"{cluster.marathon}/v2/deployments/{begun.json()['deploymentId']}")
        assert back.status == 200, back.text
        settle(cluster)
        unhurt(load)
    assert http("GET", f"http://{address[0]}:8000/endpoint0").json()["version"] == "0.9"


def test_where_the_strategy_leaves_no_backend_only_calls_of_that_time_fail(cluster, posted, shared):
    app = lab_app(shared, "zdd-base.json", upgradeStrategy=GAP)
    address = posted(app)
    before = {task["id"] for task in cluster.tasks(app["id"])}
    with under_load(address) as load:
        begun = time.monotonic()
        # Nobody listens for longer than a client of the VIP is kept waiting.
        slow_start = version_of(app, "1.0") | {"cmd": f"sleep 6; exec {BINARY} serve simpleservice"}
        assert http("PUT", f"{cluster.marathon}/v2/apps{app['id']}", slow_start).status == 200
        wait_until(lambda: set(load.snapshot().by_task) - before, "an answer of the new version")
        answered = time.monotonic()
        wait_passing(cluster, app["id"], app["instances"])
        go_on(load)
        report = load.stop()
    assert report.failed_calls
    for failure in report.failed_calls:
        assert begun < failure.began and failure.ended < answered, f"{begun} {failure} {answered}"
