"""What the operator drains takes no new clients, by names and by VIPs, and loses none that it has."""

import http.client
import signal

import pytest

from support.signpost import Process
from support.tools import http as call, wait_until
from test_command_line import signpost
from test_rollouts import TOKEN, VIP_ID, Shop, options  # noqa: F401


class Client:
    """A connection to the VIP that is kept; `task` is whose it is."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(*address, timeout=10)
        self.task = self.ask()

    def ask(self):
        self.connection.request("GET", "/endpoint0")
        answer = self.connection.getresponse()
        answer.read()
        return answer.getheader("X-Task-Id")


def tasks_of_new_clients(shop, count=20):
    seen = set()
    for _ in range(count):
        client = Client(shop.address)
        seen.add(client.task)
        client.connection.close()
    return seen


def host_of(system, task_id):
    return next(task["host"] for task in system.tasks("blue") if task["id"] == task_id)


@pytest.fixture
def shop(start, options):  # noqa: F811
    return Shop(start(options=options), options["admin"]["token_file"])


def test_an_agent_drains_and_comes_back(shop):
    """Its client stays, new ones go elsewhere, and DNS leaves it out."""
    client = Client(shop.address)
    host = host_of(shop.system, client.task)
    assert shop.system.addresses("blue.marathon.mesos") != [host]
    answer = shop.change("PUT", "/v1/drains", {"agent": host})
    assert answer.status == 200, answer.text
    (backend,) = answer.json()["backends"]
    assert (backend["task"], backend["state"]) == (client.task, "draining")
    assert answer.json()["unserved"] == []
    assert client.task not in tasks_of_new_clients(shop)
    assert host not in shop.system.addresses("blue.marathon.mesos")
    assert client.ask() == client.task
    assert call("GET", shop.system.admin + "/v1/drains").json()["drains"] == [{"agent": host}]

    client.connection.close()  # Who has one more than the other is hardly ever chosen.
    assert shop.change("DELETE", "/v1/drains", {"agent": host}).status == 200
    wait_until(lambda: client.task in tasks_of_new_clients(shop), "new clients to come back")
    assert host in shop.system.addresses("blue.marathon.mesos")


def test_an_endpoint_drains_by_the_command_line_and_a_task_through_a_reload(shop):
    (service,) = shop.system.services()["services"]
    first, second = service["tasks"]
    (endpoint,) = first["ports"][0]["endpoints"]
    assert "nothing is drained" in shop.signpost("drain").stdout
    done = shop.signpost("drain", "endpoint", endpoint)
    assert endpoint in done.stdout and "draining" in done.stdout
    assert tasks_of_new_clients(shop) == {second["id"]}
    assert shop.signpost("drain").stdout.split() == ["endpoint", endpoint]
    shop.signpost("drain", "endpoint", endpoint, "--undo")

    assert "no backend" not in shop.signpost("drain", "task", first["id"]).stdout
    shop.system.process.popen.send_signal(signal.SIGHUP)
    wait_until(lambda: "reloaded" in shop.system.process.output(), "the reload")
    shop.system.wait_ready()
    assert tasks_of_new_clients(shop) == {second["id"]}
    assert "no backend that takes clients" in shop.signpost("drain", "task", second["id"]).stdout


def test_what_cannot_be_drained_is_refused_with_what_can(shop):
    for body, status, words in [
            ({"task": "/blue"}, 404, "/blue is an app; its tasks are: blue."),
            ({"task": "none"}, 404, "no task none"),
            ({"agent": "10.9.9.9"}, 404, "there are: 127.0.0."),
            ({"endpoint": "10.9.9.9:1"}, 404, "no task has an endpoint"),
            ({"endpoint": "10.9.9.9"}, 400, "endpoint: expected ADDRESS:PORT"),
            ({}, 400, "expected one of")]:
        answer = shop.change("PUT", "/v1/drains", body)
        assert (answer.status, words in answer.json()["error"]) == (status, True), answer.text
    answer = shop.change("DELETE", "/v1/drains", {"agent": "127.0.0.2"})
    assert answer.status == 404 and "not drained" in answer.text
    assert shop.change("PUT", "/v1/drains", {"agent": "127.0.0.2"}, token=None).status == 401
    refused = call("PATCH", shop.system.admin + "/v1/drains")
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD, PUT, DELETE")


def test_a_drain_outlives_a_restart(start, marathon, tmp_path):
    """Also where there are names only."""
    token = tmp_path / "token"
    token.write_text(TOKEN)
    system = start(role="dnsd", marathon_url=marathon.url, options={
        "admin": {"token_file": str(token)},
        "state": {"path": str(tmp_path / "state"), "interval": "100ms"}})
    done = signpost("drain", "agent", "10.0.0.1", "--admin", system.admin, "--token-file", token)
    assert done.returncode == 0, done.stderr
    assert system.addresses("web.marathon.mesos") == ["10.0.0.2"]
    system.stop()
    system.process = Process(["dnsd", "-c", system.config_path], system.directory / "again.log")
    system.wait_ready()
    assert system.addresses("web.marathon.mesos") == ["10.0.0.2"]
    assert call("PUT", system.admin + "/v1/weights", {}).status == 404, "there are no VIPs here"
