"""The reference of metrics: what a Signpost with everything on tells is what the page says."""

import os

import pytest

from support import metric_reference
from support.tools import answers, client, free_ports, http, run, wait_until

TOKEN = "a token of ours"


def app(name, **more):
    return {"id": f"/{name}", "instances": 1,
            "container": {"type": "DOCKER", "docker": {"image": "mhausenblas/simpleservice:0.3.0", "network": "HOST"}},
            "portDefinitions": [{"labels": {"VIP_0": "/shop:8000"}}]} | more


@pytest.fixture
def everything(start, tmp_path):
    """A Signpost with every feature that has figures, and something to tell of each."""
    (tmp_path / "token").write_text(TOKEN)
    udp, notify = free_ports(2)
    system = start(options={
        "admin": {"token_file": str(tmp_path / "token")},
        "state": {"path": str(tmp_path / "state")},
        "dns": {"forward_to": ["127.0.0.1:9"], "transfer_to": ["127.0.0.0/8"], "notify": [f"127.0.0.1:{notify}"]},
        "vip": {"fixed": [f"/echo:9 udp 127.0.0.1:{udp}"], "service_address": "127.0.0.1", "workers": 1}})
    for name in ("blue", "green"):
        system.post(app(name))
    vip = system.vip("shop.marathon")
    wait_until(lambda: answers(f"http://{vip}:8000/endpoint0"), "the VIP answers")
    plan = {"vip": "shop.marathon:8000", "to": "/green", "from": "/blue", "steps": [50], "pause": "1h"}
    start_it = ("POST", system.admin + "/v1/rollouts", plan)
    wait_until(lambda: http(*start_it, headers={"Authorization": f"Bearer {TOKEN}"}).status < 300, "both pools pass")
    for told in ("signpost_rollout_percent", "signpost_vipd_backend_sessions_ended_total"):
        wait_until(lambda metric=told: metric in system.metrics(), told)
    return system


def test_every_metric_is_in_the_reference_as_it_is_told(everything):
    scrape = everything.metrics()
    run(client("promtool", "prometheus"), "check", "metrics", input=scrape)
    told = metric_reference.families(scrape)
    if os.environ.get("SIGNPOST_WRITE"):
        metric_reference.PAGE.write_text(metric_reference.page(told))
    rows = metric_reference.documented()
    how = "write the page anew: SIGNPOST_WRITE=1 with this test"
    for name, family in told.items():
        assert rows.get(name) == metric_reference.row(name, family), how
    for name, other in metric_reference.VALUES_OF.items():
        assert set(told[name].labels["cause"]) <= set(told[other].labels["cause"])
    assert metric_reference.named_in_the_code() <= set(rows), how
    assert set(rows) <= set(told), how
