"""Leaders that change and event buses that fail: the embedded Marathon plays both."""

import http.client

import pytest

from support.tools import free_ports, wait_until
from support.tools import http as call

APP = {"id": "/web", "cmd": "exec sleep 1000", "instances": 2,
       "healthChecks": [{"protocol": "COMMAND", "command": {"value": "true"}, "intervalSeconds": 1,
                         "gracePeriodSeconds": 0}],
       "portDefinitions": [{"port": 0, "name": "http"}]}


def ensemble(start, mode, **marathon):
    standbys = free_ports(2)
    options = {"minimarathon": {"standbys": [f"127.0.0.1:{port}" for port in standbys],
                                "standby_mode": mode, "faults": True, "heartbeat": "500ms"},
               "marathon": {"heartbeat_timeout": "2s", **marathon}}
    system = start(options=options)
    system.standbys = [f"http://127.0.0.1:{port}" for port in standbys]
    return system


def abdicate(system):
    answer = call("DELETE", system.marathon + "/v2/leader")
    assert answer.json() == {"message": "Leadership abdicated"}


def leader(system):
    answer = call("GET", system.marathon + "/v2/leader")
    return answer.json()["leader"] if answer.status == 200 else None


def fault(system, kind):
    assert call("PUT", system.marathon + "/faults", {"events": kind}).status == 200


def resyncs(system):
    return call("GET", system.admin + "/v1/sources").json()["sources"][0]["resyncs"]


def settle(system):
    wait_until(lambda: call("GET", system.marathon + "/v2/deployments").json() == [], "no deployment")


def scaled(system, instances):
    settle(system)
    assert call("PUT", system.marathon + "/v2/apps/web", {"instances": instances}).status == 200
    system.wait_tasks("web", instances)
    wait_until(lambda: len(system.addresses("_web._tcp.marathon.mesos", "SRV")) == instances,
               f"{instances} records")


def deploy(system):
    system.post(APP)
    settle(system)
    wait_until(lambda: len(system.addresses("_web._tcp.marathon.mesos", "SRV")) == 2, "two records")


@pytest.mark.parametrize("mode", ["redirect", "proxy"])
def test_a_new_leader_is_followed_and_nothing_is_lost(start, mode):
    system = ensemble(start, mode)
    deploy(system)
    first = leader(system)
    before = resyncs(system)
    abdicate(system)
    wait_until(lambda: (leader(system) or first) != first, "another leader")
    while resyncs(system) == before:  # Health results are gone; the last verdicts hold.
        assert len(system.addresses("_web._tcp.marathon.mesos", "SRV")) == 2
    scaled(system, 3)


def test_a_standby_redirects_only_the_event_stream(start):
    system = ensemble(start, "redirect")
    assert call("GET", system.standbys[0] + "/v2/info").json()["leader"] == leader(system)
    connection = http.client.HTTPConnection(system.standbys[0].removeprefix("http://"), timeout=10)
    connection.request("GET", "/v2/events?event_type=x", headers={"Accept": "text/event-stream"})
    answer = connection.getresponse()
    assert answer.status == 302
    assert answer.headers["Location"] == f"http://{leader(system)}/v2/events?event_type=x"


def test_a_stream_that_is_cut_or_stalls_is_opened_anew(start):
    system = ensemble(start, "redirect")
    deploy(system)
    for kind in ("cut", "stall"):
        before = resyncs(system)
        fault(system, kind)
        call("PUT", system.marathon + "/v2/apps/web?force=true", {"instances": 1})
        wait_until(lambda: kind == "cut" or not call(
            "GET", system.admin + "/v1/sources").json()["sources"][0]["connected"], "the silence to be noticed")
        fault(system, "deliver")
        wait_until(lambda: resyncs(system) > before, f"a resync after {kind}")
        scaled(system, 2)


def test_events_lost_without_a_word_are_made_up_for(start):
    system = ensemble(start, "redirect", resync_interval="1s")
    deploy(system)
    fault(system, "drop")
    scaled(system, 4)
    scaled(system, 3)  # Of a young leader, the loss of more than half would not be believed.
