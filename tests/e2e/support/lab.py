"""The lab's apps of the workshop, with checks that do not make a test wait, and load upon them."""

import json
from contextlib import contextmanager

from load import Kind, Load

from .tools import answers, http, wait_until

# What a health check takes in the app, and how often it is made.
FAST = {"min": 10, "max": 60, "interval": 0.2}
SLOW = {"min": 300, "max": 700, "interval": 0.5}

# Constant load of all kinds: long requests ask for /health, which takes as long as FAST or SLOW say.
KINDS = (Kind("kept", keeps=True), Kind("new"), Kind("upload", upload=200_000, seconds=0.6),
         Kind("kept", keeps=True), Kind("new"), Kind("long", path="/health"))


def lab_app(shared, name, speed=FAST, **changes):
    """One of the recorded definitions, unmodified but for its times and `changes`."""
    app = json.loads((shared / "workshop" / name).read_text())
    app["env"] |= {"HEALTH_MIN": str(speed["min"]), "HEALTH_MAX": str(speed["max"])}
    for check in app.get("healthChecks", []) + app.get("readinessChecks", []):
        check["intervalSeconds"] = speed["interval"]
    return app | changes


def behind_vip(app, label="/lab:8000"):
    """The app with a VIP label on its port, which the lab's apps lack."""
    port = app.setdefault("portDefinitions", [{}])[0]
    port.setdefault("labels", {})["VIP_0"] = label
    return app


def version_of(app, version):
    """The change that the lab makes to roll out another version."""
    return {"env": app["env"] | {"SIMPLE_SERVICE_VERSION": version}}


def settle(system, limit=60):
    """Waits until no deployment is under way."""
    wait_until(lambda: http("GET", system.marathon + "/v2/deployments").json() == [],
               "the end of all deployments", limit)


def change(system, app_id, change):
    """Changes an app and waits until that is deployed."""
    answer = http("PUT", f"{system.marathon}/v2/apps{app_id}", change)
    assert answer.status < 300, answer.text
    settle(system)


def delete(system, app_id):
    assert http("DELETE", f"{system.marathon}/v2/apps{app_id}").status == 200
    settle(system)


def backends(system, app_id):
    """States of the backends that the app gives, by task."""
    return {b["task"]: b["state"] for s in system.services()["services"] if s["app"] == app_id
            for v in s["vips"] for b in v["backends"] if b["app"] == app_id}


def wait_passing(system, app_id, count):
    wait_until(lambda: list(backends(system, app_id).values()) == ["passing"] * count,
               f"{count} passing backends of {app_id}")


@contextmanager
def under_load(address, kinds=KINDS, threads=12, rate=150.0):
    """Constant load for as long as the block lasts, and at least 100 calls before it."""
    wait_until(lambda: answers(f"http://{address[0]}:{address[1]}/endpoint0"), f"{address} answers")
    load = Load(*address, "/endpoint0", threads=threads, rate=rate, kinds=kinds)
    load.start()
    try:
        go_on(load, 100)
        yield load
    finally:
        load.stop()


def go_on(load, calls=150):
    target = load.snapshot().calls + calls
    wait_until(lambda: load.snapshot().calls >= target, "the load goes on")


def unhurt(load):
    """Lets the load go on for a while; then no call of any kind has failed."""
    go_on(load)
    report = load.stop()
    assert not report.failures, report
    assert {"kept", "new", "long", "upload"} <= set(report.by_kind), report
    return report
