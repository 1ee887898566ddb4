"""Blue-green and canary as the lab does them: two apps, one VIP or service port, moved by labels only."""

import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.lab import backends, behind_vip, change, lab_app, settle, under_load, unhurt, wait_passing
from support.tools import free_ports, wait_until

BLUE, GREEN = "/zdd/blue", "/zdd/green"


@pytest.fixture
def pair(system, shared):
    """Posts blue and green with these changes to each, and waits until they are deployed."""
    def post(blue, green):
        for name, app in (("zdd-blue.json", blue), ("zdd-green.json", green)):
            system.post(lab_app(shared, name) | app)
        settle(system)

    return post


def haproxy(port, **more):
    return {"HAPROXY_GROUP": "external", "HAPROXY_0_PORT": str(port)} | more


def ids(system, app):
    return {task["id"] for task in system.tasks(app)}


def answered_by(address, calls):
    """How many of so many new connections each version answered."""
    request = b"GET /endpoint0 HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n"

    def call(_):
        with socket.create_connection(address, timeout=10) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(4096):
                answer += part
        return answer.split(b'"version": "')[1].split(b'"')[0].decode()

    with ThreadPoolExecutor(4) as pool:
        return Counter(pool.map(call, range(calls)))


# Of two random choices the less busy one is taken, and on a busy machine some instance is slower.
BLIND = {"SIGNPOST_BALANCE": "random"}


def within_the_error(hits, calls, share):
    """Four standard deviations: once in sixteen thousand runs it is not."""
    return abs(hits - calls * share) <= 4 * (calls * share * (1 - share)) ** 0.5


def test_the_labs_cut_over_by_moving_labels_loses_nothing(system, pair):
    port, = free_ports(1)
    pair({"labels": haproxy(port)}, {})
    wait_passing(system, BLUE, 4)
    with under_load(("127.0.0.1", port)) as load:
        change(system, GREEN, {"labels": haproxy(port)})
        wait_passing(system, GREEN, 4)
        change(system, BLUE, {"labels": {}})
        wait_until(lambda: not backends(system, BLUE), "blue has left the port")
        assert answered_by(("127.0.0.1", port), 500) == {"1.0": 500}
        unhurt(load)


def test_the_way_back_is_as_smooth(system, pair):
    """Weights on one VIP: green takes all, then blue again; both stay up all the time."""
    def both(blue, green):
        for app, weight in ((BLUE, blue), (GREEN, green)):
            change(system, app, {"labels": {"SIGNPOST_WEIGHT": weight}})
            wait_passing(system, app, 4)

    pair(behind_vip({"labels": {"SIGNPOST_WEIGHT": "100"}}), behind_vip({"labels": {"SIGNPOST_WEIGHT": "0"}}))
    for app in (BLUE, GREEN):
        wait_passing(system, app, 4)
    address = (system.vip("lab.marathon"), 8000)
    assert answered_by(address, 200) == {"0.9": 200}
    with under_load(address) as load:
        both("0", "100")
        assert answered_by(address, 500) == {"1.0": 500}
        both("100", "0")
        assert answered_by(address, 500) == {"0.9": 500}
        unhurt(load)


def test_the_canarys_share_is_that_of_its_instances(system, pair):
    pair(behind_vip({"instances": 3, "labels": BLIND}), behind_vip({"instances": 1, "labels": BLIND}))
    wait_passing(system, BLUE, 3)
    wait_passing(system, GREEN, 1)
    seen = answered_by((system.vip("lab.marathon"), 8000), 10_000)
    assert within_the_error(seen["1.0"], 10_000, 1 / 4), seen


def test_the_canarys_share_is_its_weight_whatever_the_instances(system, pair):
    pair(behind_vip({"instances": 3, "labels": {"SIGNPOST_WEIGHT": "80"}}),
         behind_vip({"instances": 1, "labels": {"SIGNPOST_WEIGHT": "20"}}))
    wait_passing(system, BLUE, 3)
    wait_passing(system, GREEN, 1)
    address = (system.vip("lab.marathon"), 8000)
    seen = answered_by(address, 10_000)
    assert within_the_error(seen["1.0"], 10_000, 0.2), seen
    change(system, GREEN, {"instances": 3})
    wait_passing(system, GREEN, 3)
    seen = answered_by(address, 10_000)
    assert within_the_error(seen["1.0"], 10_000, 0.2), seen


def test_apps_of_one_deployment_group_of_marathon_lb_are_pools_of_one_port(system, pair):
    """As zdd.py posts them: service ports of their own, one public port, labels for marathon-lb only."""
    port, = free_ports(1)

    def zdd(colour, instances):
        return {"instances": instances, "labels": BLIND | haproxy(
            port, HAPROXY_DEPLOYMENT_GROUP="shop", HAPROXY_DEPLOYMENT_ALT_PORT="10011", HAPROXY_APP_ID="shop",
            HAPROXY_DEPLOYMENT_COLOUR=colour, HAPROXY_DEPLOYMENT_TARGET_INSTANCES="4",
            HAPROXY_DEPLOYMENT_STARTED_AT="2026-11-30T00:00:00.000000")}

    pair(zdd("blue", 3) | {"portDefinitions": [{"port": 10010}]},
         zdd("green", 1) | {"portDefinitions": [{"port": 10011}]})
    wait_passing(system, BLUE, 3)
    wait_passing(system, GREEN, 1)
    seen = answered_by(("127.0.0.1", port), 1000)
    assert within_the_error(seen["1.0"], 1000, 1 / 4), seen
    assert "HAPROXY_DEPLOYMENT" not in system.process.output()
