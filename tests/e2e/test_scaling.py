"""Rollouts that scale their apps along in Marathon, under load, in both personas."""

import pytest
from load import KEPT, NEW

from support.lab import under_load
from support.tools import http as call, wait_until
from test_rollouts import Shop, VIP_ID, app, options  # noqa: F401

@pytest.fixture(params=["task_killing", "plain"])
def scaled(request, start, options):  # noqa: F811
    """/blue with two instances serves; /green is there without any."""
    options |= {"rollout": {"scale": True}, "minimarathon": {"task_killing": request.param == "task_killing"}}
    shop = Shop(start(options=options), options["admin"]["token_file"])
    shop.system.post(app("green", instances=0))
    return shop


def instances(system, name):
    """How many instances Marathon wants of an app; None where there is no such app."""
    answer = call("GET", f"{system.marathon}/v2/apps/{name}")
    return None if answer.status == 404 else answer.json()["app"]["instances"]


def begin(shop, *more, limit="4s"):
    started = shop.signpost("rollout", "start", VIP_ID, "/green", "--scale", "--scale-limit", limit,
                            "--guard", "least=10", *more)
    assert started.returncode == 0, started.stderr


def wait_percent(shop, percent):
    wait_until(lambda: shop.rollout()["percent"] == percent, f"{percent} %: {shop.rollout()}")


def test_the_new_app_grows_and_the_old_one_goes(scaled):
    with under_load(scaled.address, kinds=(KEPT, NEW), threads=8, rate=300) as load:
        begin(scaled, "--steps", "50", "--pause", "1s", "--delete-old")
        done = wait_until(lambda: scaled.rollout()["state"] == "done" and scaled.rollout(), "the end", 60)
        report = load.stop()
    assert done["instances"] == {"target": 2, "before": 0}
    assert (instances(scaled.system, "blue"), instances(scaled.system, "green")) == (None, 2)
    assert scaled.apps_of(20) == {"green": 20}
    assert not report.failures, report
    log = scaled.system.process.output()
    assert 'order="scale /green to 1"' in log and "rollout=done" in log
    assert 'signpost_rollout_changes_total{change="done"} 1' in scaled.system.metrics()


def test_an_abort_takes_away_what_was_added(scaled):
    with under_load(scaled.address, kinds=(KEPT, NEW), threads=8, rate=300) as load:
        begin(scaled, "--steps", "60", "--pause", "1h")
        wait_percent(scaled, 60)
        assert instances(scaled.system, "green") == 2
        scaled.signpost("rollout", "abort", VIP_ID)
        assert scaled.pools()["/blue"] == 100
        wait_until(lambda: instances(scaled.system, "green") == 0, "green is as it was", 60)
        report = load.stop()
    assert instances(scaled.system, "blue") == 2
    assert scaled.rollout()["state"] == "aborted"
    assert not report.failures, report


def test_nobody_is_scaled_without_permission(start, options):  # noqa: F811
    shop = Shop(start(options=options), options["admin"]["token_file"])
    shop.add("green", instances=1)
    refused = shop.change("POST", "/v1/rollouts", {"vip": VIP_ID, "to": "/green", "scale": {}})
    assert (refused.status, "rollout.scale" in refused.text) == (403, True), refused.text
    assert call("GET", shop.system.admin + "/v1/rollouts").json()["rollouts"] == []


def test_an_app_that_is_not_there_pauses_it(scaled):
    call("DELETE", scaled.system.marathon + "/v2/apps/green")
    begin(scaled)
    assert "no app /green" in scaled.wait_state("paused")["reason"]
    assert scaled.pools() == {"/blue": 100}
    scaled.system.post(app("green", instances=0))
    scaled.signpost("rollout", "resume", VIP_ID)
    wait_percent(scaled, 5)


def test_what_a_deployment_holds_is_tried_again(scaled):
    """A deployment that never ends, as what it starts never gets healthy, until it is ended by force."""
    marathon = scaled.system.marathon + "/v2"
    call("DELETE", marathon + "/apps/green")
    never = {"protocol": "TCP", "portIndex": 0, "gracePeriodSeconds": 300}
    scaled.system.post(app("green", instances=1, cmd="sleep 1000") | {"healthChecks": [never]})
    begin(scaled, "--steps", "100", limit="60s")
    wait_until(lambda: "409" in scaled.rollout()["waits_for"], f"it is locked: {scaled.rollout()}")
    assert (scaled.rollout()["state"], instances(scaled.system, "green")) == ("running", 1)
    deployment, = call("GET", marathon + "/deployments").json()
    call("DELETE", f"{marathon}/deployments/{deployment['id']}?force=true")
    wait_until(lambda: instances(scaled.system, "green") == 2, f"it was tried again: {scaled.rollout()}")
    assert scaled.pools()["/blue"] == 100


def test_it_goes_on_after_a_restart(start, options):  # noqa: F811
    """Marathon is another process, which stays."""
    marathon = start().marathon
    options |= {"rollout": {"scale": True}, "vip": {"fallback_pool": "127.64.0.0/10"}}
    first = start(options=options, marathon_url=marathon)
    shop = Shop(first, options["admin"]["token_file"])
    first.post(app("green", instances=0))
    begin(shop, "--steps", "50", "--pause", "0s", "--delete-old")
    wait_percent(shop, 50)
    first.stop()
    shop.system = start(options=options, marathon_url=marathon)
    assert (shop.rollout()["state"], shop.rollout()["percent"]) == ("running", 50)
    assert shop.pools() == {"/blue": 50, "/green": 50}
    shop.address = (shop.system.vip("shop.marathon"), 80)
    with under_load(shop.address, kinds=(NEW,), threads=4, rate=200):
        wait_until(lambda: shop.rollout()["state"] == "done", "the end", 60)
    assert (instances(shop.system, "blue"), instances(shop.system, "green")) == (None, 2)
