"""Shares of pools by the API and the command line: switch, canary, rollouts and their guards."""

import http.client
import sys

import pytest
from load import KEPT, NEW, Load

from support.lab import under_load
from support.tools import free_ports, http as call, wait_until
from test_command_line import signpost

TOKEN = "a token of ours"
VIP = "/shop:80"  # The label, and
VIP_ID = "shop.marathon:80"  # what it makes.

# Servers that go wrong in ways an L4 proxy can see.
RESETS = """
import socket, struct
s = socket.create_server(("127.0.0.1", PORT)); s.listen(64)
while True:
    c, _ = s.accept()
    try: c.recv(1)
    except OSError: pass
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); c.close()
"""
HANGS = """
import socket
s = socket.create_server(("127.0.0.1", PORT), backlog=64); held = []
while True: held.append(s.accept()[0])
"""


def app(name, instances=2, cmd=None):
    made = {"id": f"/{name}", "instances": instances,
            "portDefinitions": [{"port": 0, "labels": {"VIP_0": VIP}}]}
    if cmd:
        made["cmd"] = cmd
    else:
        made["container"] = {"type": "DOCKER", "docker": {"image": "mhausenblas/simpleservice:0.3.0",
                                                         "network": "HOST"}}
    return made


def python(code):
    lines = code.strip().replace("\"127.0.0.1\"", "os.environ['HOST']").replace(
        "PORT", "int(os.environ['PORT0'])")
    return f"exec {sys.executable} -c \"$CODE\"", {"CODE": "import os\n" + lines}


class Shop:
    """/blue, and what is added to it, behind one VIP."""

    def __init__(self, system, token_file):
        self.system, self.token_file = system, token_file
        system.post(app("blue"))
        self.wait_pools(blue=2)
        self.address = (system.vip("shop.marathon"), 80)

    def add(self, name, code=None, instances=2):
        made = app(name, instances)
        if code:
            made["cmd"], made["env"] = python(code)
            del made["container"]
        self.system.post(made)
        self.wait_pools(**{name: instances})

    def wait_pools(self, **passing):
        def there():
            pools = {p["pool"]: p["passing"] for v in self.vips() for p in v["pools"]}
            return all(pools.get(f"/{name}") == count for name, count in passing.items())

        wait_until(there, f"passing backends: {passing}")

    def vips(self):
        return call("GET", self.system.admin + "/v1/vips").json()["vips"]

    def pools(self):
        return {p["pool"]: p["weight"] for p in self.vips()[0]["pools"]}

    def change(self, method, path, body, token=TOKEN):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return call(method, self.system.admin + path, body, headers=headers)

    def rollout(self):
        return call("GET", self.system.admin + "/v1/rollouts").json()["rollouts"][0]

    def wait_state(self, state):
        wait_until(lambda: self.rollout()["state"] == state, f"rollout is {state}")
        return self.rollout()

    def apps_of(self, calls):
        """Whose tasks answer so many calls, each over a connection of its own."""
        seen = {}
        for _ in range(calls):
            connection = http.client.HTTPConnection(*self.address, timeout=10)
            connection.request("GET", "/endpoint0")
            answer = connection.getresponse()
            answer.read()
            name = answer.getheader("X-Task-Id").split(".")[0].split("_")[0]
            seen[name] = seen.get(name, 0) + 1
            connection.close()
        return seen

    def signpost(self, *words):
        return signpost(*words, "--admin", self.system.admin,
                        env={"SIGNPOST_TOKEN_FILE": str(self.token_file)})


@pytest.fixture
def options(tmp_path):
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    return {"admin": {"token_file": str(token)},
            "state": {"path": str(tmp_path / "state"), "interval": "100ms"},
            "probe": {"interval": "500ms", "closer_look": "100ms", "timeout": "400ms"}}


@pytest.fixture
def shop(start, options):
    return Shop(start(options=options), options["admin"]["token_file"])


@pytest.fixture
def load(shop):
    with under_load(shop.address, kinds=(KEPT, NEW), threads=8, rate=400) as running:
        yield running


def test_changes_need_the_token(shop, start):
    body = {"vip": VIP_ID, "weights": {"/blue": 1}}
    assert shop.change("PUT", "/v1/weights", body, token=None).status == 401
    assert shop.change("PUT", "/v1/weights", body, token="another").status == 401
    assert shop.change("PUT", "/v1/weights", body).status == 200
    refused = shop.change("GET", "/v1/weights", None)
    assert refused.status == 405 and refused.headers["Allow"] == "PUT, DELETE"
    without = start()
    answer = call("PUT", without.admin + "/v1/weights", body)
    assert answer.status == 403 and "admin.token_file" in answer.text


def test_wrong_changes_change_nothing(shop):
    shop.add("green")
    for body, status, words in [
            ({"vip": VIP_ID, "weights": {"/blue": -1}}, 400, "weights./blue"),
            ({"vip": VIP_ID, "weights": {"/blue": 0, "/green": 0}}, 400, "nobody"),
            ({"vip": VIP_ID, "weights": {"/red": 5}}, 404, "no pool /red; it has /blue, /green"),
            ({"vip": "none:80", "weights": {"/blue": 5}}, 404, "no VIP none:80/tcp"),
            ({"vip": 7}, 400, "vip:"), ([], 400, "JSON object")]:
        answer = shop.change("PUT", "/v1/weights", body)
        assert (answer.status, words in answer.json()["error"]) == (status, True), answer.text
    for plan, status, words in [
            ({"vip": VIP_ID, "to": "/red"}, 404, "no pool /red"),
            ({"vip": VIP_ID, "to": "/green", "steps": [50, 5]}, 400, "do not rise"),
            ({"vip": VIP_ID, "to": "/green", "guards": {"luck": 1}}, 400, "guards:")]:
        answer = shop.change("POST", "/v1/rollouts", plan)
        assert (answer.status, words in answer.json()["error"]) == (status, True), answer.text
    assert shop.pools() == {"/blue": None, "/green": None}


def test_a_canary_gets_its_share_whatever_the_instances(shop):
    shop.add("green", instances=1)
    done = shop.signpost("weight", VIP_ID, "/blue=80", "/green=20")
    assert "weight 80 (operator)" in done.stdout
    assert shop.apps_of(500) == {"blue": 400, "green": 100}
    shop.signpost("weight", VIP_ID)
    assert shop.pools() == {"/blue": None, "/green": None}


def test_a_switch_loses_nothing_and_leaves_nobody_behind(shop, load):
    shop.add("green")
    assert "/green" in shop.signpost("switch", VIP_ID, "/green").stdout
    assert shop.apps_of(100) == {"green": 100}
    shop.signpost("switch", VIP_ID, "/blue")
    assert shop.apps_of(100) == {"blue": 100}
    report = load.stop()
    assert not report.failures, report


def test_connections_of_the_old_pool_live_on_unless_told_otherwise(shop):
    def ask(connection):
        connection.request("GET", "/endpoint0")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def is_cut(connection):
        try:
            return ask(connection) != 200
        except (http.client.HTTPException, OSError):
            return True

    shop.signpost("switch", VIP_ID, "/blue")
    shop.add("green")
    held = http.client.HTTPConnection(*shop.address, timeout=10)
    assert ask(held) == 200
    held.auto_open = False  # It is this one connection.
    shop.signpost("switch", VIP_ID, "/green")
    assert ask(held) == 200  # Blue still answers.
    drained = shop.signpost("switch", VIP_ID, "/green", "--drain", "100ms")
    assert drained.returncode == 0, drained.stderr
    assert {p["pool"]: p.get("drain") for p in shop.vips()[0]["pools"]} == {"/blue": "100ms", "/green": None}
    wait_until(lambda: is_cut(held), "the connection to blue is cut")
    assert 'cause="drained"' in shop.system.metrics()
    assert shop.signpost("switch", VIP_ID, "/green", "--drain", "soon").returncode == 1


def test_weights_of_a_vip_that_is_gone_can_be_taken_back(shop):
    assert shop.change("PUT", "/v1/weights", {"vip": VIP_ID, "weights": {"/blue": 7}}).status == 200
    call("DELETE", shop.system.marathon + "/v2/apps/blue?force=true")
    wait_until(lambda: not shop.vips(), "the VIP is gone")
    assert f"{VIP_ID}/tcp  gone; waits with /blue=7" in shop.signpost("vips").stdout
    refused = shop.change("PUT", "/v1/weights", {"vip": VIP_ID, "weights": {"/blue": 8}})
    assert refused.status == 404
    assert shop.signpost("weight", VIP_ID).stdout == "done\n"
    assert call("GET", shop.system.admin + "/v1/vips").json()["gone"] == []


def test_a_rollout_goes_through_under_load(shop, load):
    shop.add("green")
    started = shop.signpost("rollout", "start", VIP_ID, "/green", "--steps", "10,50", "--pause", "1s",
                            "--guard", "least=10")
    assert "weight 10 (operator)" in started.stdout
    assert shop.signpost("rollout", "start", VIP_ID, "/green").returncode == 1  # One at a time.
    assert shop.change("PUT", "/v1/weights", {"vip": VIP_ID, "weights": {"/blue": 1}}).status == 409
    done = shop.wait_state("done")
    assert done["percent"] == 100 and shop.pools() == {"/blue": 0, "/green": 100}
    assert shop.apps_of(50) == {"green": 50}
    assert "100 % done" in shop.signpost("rollout", "status").stdout
    report = load.stop()
    assert not report.failures, report


@pytest.mark.parametrize("code, reason", [(RESETS, "reset before the first byte"), (HANGS, "got no answer")],
                         ids=["resets", "hangs"])
def test_a_guard_takes_a_bad_canary_out(shop, code, reason):
    shop.add("green", code, instances=1)
    load = Load(*shop.address, "/endpoint0", threads=8, timeout=2)
    started = shop.change("POST", "/v1/rollouts",
                          {"vip": VIP_ID, "to": "/green", "steps": [10], "guards": {"least": 10}})
    assert started.status == 200, started.text
    load.start()
    ended = shop.wait_state("aborted")
    assert reason in ended["reason"]
    assert shop.pools() == {"/blue": 100, "/green": 0}
    report = load.stop()
    assert report.failed <= 0.1 * report.calls + 8, report  # Its share, and what was under way.
    assert shop.apps_of(50) == {"blue": 50}


def test_a_canary_that_dies_is_taken_out_by_its_checks(shop, load):
    shop.add("green", instances=1)
    shop.change("POST", "/v1/rollouts", {"vip": VIP_ID, "to": "/green", "steps": [10]})
    assert call("DELETE", shop.system.marathon + "/v2/apps/green?force=true").status == 200
    assert "of its 0 backends" in shop.wait_state("aborted")["reason"]
    report = load.stop()
    assert not report.failures, report


def test_too_little_traffic_is_told_and_nothing_moves(shop):
    shop.add("green")
    shop.change("POST", "/v1/rollouts", {"vip": VIP_ID, "to": "/green", "steps": [10], "pause": "0s"})
    wait_until(lambda: "waits for traffic: 0 of 50" in shop.rollout()["reason"], "the reason")
    assert shop.pools() == {"/blue": 90, "/green": 10}
    shop.signpost("rollout", "pause", VIP_ID)
    assert shop.rollout()["state"] == "paused"
    shop.signpost("rollout", "resume", VIP_ID)
    assert shop.rollout()["state"] == "running"
    shop.signpost("rollout", "abort", VIP_ID)
    assert shop.rollout()["reason"] == "by the operator"
    assert shop.pools() == {"/blue": 100, "/green": 0}


def test_weights_and_rollouts_survive_a_restart(start, options, tmp_path):
    first = start(options=options)
    shop = Shop(first, options["admin"]["token_file"])
    shop.add("green")
    shop.change("POST", "/v1/rollouts", {"vip": VIP_ID, "to": "/green", "steps": [30], "pause": "1h"})
    state = tmp_path / "state"
    wait_until(lambda: state.exists() and '"note":"rollouts"' in state.read_text(), "the state on disk")
    kept = state.read_text()
    first.stop()
    state.write_text(kept)
    second = start(options=options, marathon_url=f"http://127.0.0.1:{free_ports(1)[0]}")
    vips = call("GET", second.admin + "/v1/vips").json()["vips"]
    assert {p["pool"]: p["weight"] for p in vips[0]["pools"]} == {"/blue": 70, "/green": 30}
    rollouts = call("GET", second.admin + "/v1/rollouts").json()["rollouts"]
    assert (rollouts[0]["state"], rollouts[0]["percent"]) == ("running", 30)
