"""Those who follow the services: streams and answers that wait, through everything that ends them."""

import json
import signal
import time
import urllib.request

import pytest

from support.fake_marathon import make_app, make_task
from support.tools import http, opener, wait_until


class Stream:
    """A stream of server-sent events, read one by one."""

    def __init__(self, admin, query="", last_id=None, ca=None):
        request = urllib.request.Request(f"{admin}/v1/events{query}")
        if last_id:
            request.add_header("Last-Event-ID", last_id)
        self.answer = opener(ca).open(request, timeout=30)

    def next(self):
        """The next event; None when the stream has ended."""
        event, deadline = {}, time.monotonic() + 30
        for line in self.answer:
            assert time.monotonic() < deadline, "nothing but pings"
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if not name and "data" in event:
                event["data"] = json.loads(event["data"])
                assert event["data"]["id"] == event["id"] and event["data"]["type"] == event["event"]
                return event
            event[name] = value
        return None

    def until(self, condition):
        """The first event whose data is so."""
        while True:
            event = self.next()
            assert event, "the stream ended"
            if condition(event["data"]):
                return event

    def close(self):
        self.answer.close()


def apps(services):
    return {service["app"]: len(service["tasks"]) for service in services}


@pytest.fixture
def stream(names):
    made = Stream(names.admin)
    yield made
    made.close()


def test_a_stream_tells_a_deployment(names, marathon, stream):
    first = stream.until(lambda data: data["synced"])
    assert first["event"] == "snapshot"
    assert apps(first["data"]["services"]) == apps(names.services()["services"])
    marathon.start_task("/web", make_task("/web", "127.0.0.9", 7))
    known = {service["app"]: service for service in first["data"]["services"]}
    while len(known["/web"]["tasks"]) < 3 or list(known.values()) != names.services()["services"]:
        change = stream.next()["data"]
        assert change["type"] == "change" and change["removed"] == []
        known |= {service["app"]: service for service in change["changed"]}
    for task in marathon.app("/web")["tasks"]:
        marathon.end_task("/web", task)
    gone = stream.until(lambda data: data.get("removed"))["data"]
    assert gone["removed"] == [{"framework": "marathon", "app": "/web"}]


def test_whoever_comes_back_is_told_what_it_missed(names, marathon, stream):
    seen = stream.until(lambda data: data["synced"])
    stream.close()
    marathon.start_task("/web", make_task("/web", "127.0.0.9", 7))
    wait_until(lambda: names.services()["generation"] > seen["data"]["generation"], "the new task")
    again = Stream(names.admin, last_id=seen["id"])
    assert [s["app"] for s in again.next()["data"]["changed"]] == ["/web"]
    again.close()
    bare = http("GET", f"{names.admin}/v1/changes?since={seen['data']['generation']}").json()
    assert bare["type"] == "change" and [s["app"] for s in bare["changed"]] == ["/web"]


def test_changes_wait_for_news(names, marathon):
    seen = http("GET", names.admin + "/v1/changes").json()
    assert seen["type"] == "snapshot"
    nothing = http("GET", f"{names.admin}/v1/changes?since={seen['id']}&wait=10ms").json()
    assert (nothing["type"], nothing["changed"], nothing["removed"]) == ("change", [], [])
    request = urllib.request.Request(f"{names.admin}/v1/changes?since={seen['id']}&wait=30s")
    marathon.start_task("/web", make_task("/web", "127.0.0.9", 7))
    with opener().open(request, timeout=60) as answer:
        assert [s["app"] for s in json.load(answer)["changed"]] == ["/web"]


def test_only_the_apps_that_were_asked_for_are_told(names, marathon):
    marathon.set_app(make_app("/db", ["127.0.0.2"]))
    stream = Stream(names.admin, "?app=/web")
    first = stream.until(lambda data: data["synced"])
    assert list(apps(first["data"]["services"])) == ["/web"]
    marathon.start_task("/db", make_task("/db", "127.0.0.9", 7))
    marathon.start_task("/web", make_task("/web", "127.0.0.9", 8))
    change = stream.until(lambda data: True)["data"]
    assert [s["app"] for s in change["changed"]] == ["/web"]
    stream.close()


def test_a_stream_ends_with_a_reload_and_goes_on_at_the_next(names, marathon, stream):
    seen = stream.until(lambda data: data["synced"])
    names.process.popen.send_signal(signal.SIGHUP)
    while stream.next():
        pass
    again = Stream(names.admin, last_id=seen["id"])
    told = again.until(lambda data: data["synced"])
    assert told["data"]["generation"] >= seen["data"]["generation"]
    assert apps(told["data"]["services"]) == apps(seen["data"]["services"])
    again.close()


def test_a_stream_and_a_wait_end_with_the_process(names, stream):
    stream.until(lambda data: data["synced"])
    assert names.stop() == 0
    while stream.next():
        pass


def test_head_ends_at_once(names):
    answer = http("HEAD", names.admin + "/v1/events")
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/event-stream")


def test_the_audience_is_counted(names, stream):
    stream.until(lambda data: data["synced"])
    assert 'signpost_admin_audience{way="events"} 1' in names.metrics()
    stream.close()
    wait_until(lambda: 'signpost_admin_audience{way="events"} 0' in names.metrics(), "nobody")
