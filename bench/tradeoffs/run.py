#!/usr/bin/env python3
"""The trade-offs of service discovery, as an experiment on one machine.

One app of three instances, on a port of its own on three agents, is called by clients that find it in
different ways, all at the same time and rate. Then something happens to it. Counted is, for each client,
what failed and for how long, and how evenly the instances were used. No client tries anything twice.

All of it happens in a network namespace of its own, so that an agent can be cut off.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
os.environ.setdefault("SIGNPOST_BIN", str(SOURCE / "build/release/signpost"))
sys.path += [str(SOURCE / "tests/e2e"), str(SOURCE / "tests/support"), str(SOURCE / "bench"), str(Path(__file__).parent)]

# pylint: disable=wrong-import-position
import clients
import namespace
import report
from support.signpost import Signpost
from support.tools import answers, http, wait_until

PORT = 9000
APP = {"id": "/shop", "instances": 3, "env": {"RELEASE": "1"}, "requirePorts": True,
       "container": {"type": "DOCKER", "docker": {"image": "mhausenblas/simpleservice:0.3.0", "network": "HOST"}},
       "portDefinitions": [{"port": PORT, "name": "http", "labels": {"VIP_0": "/shop:80"}}],
       "healthChecks": [{"protocol": "HTTP", "path": "/health", "portIndex": 0, "intervalSeconds": 1,
                         "timeoutSeconds": 1, "gracePeriodSeconds": 10, "maxConsecutiveFailures": 3}],
       "upgradeStrategy": {"minimumHealthCapacity": 0.6, "maximumOverCapacity": 0}}


def processes_of(task):
    """The pids of a task of the embedded Marathon."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"MESOS_TASK_ID={task}\0".encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:
            pass
    return found


class World:
    """The system, its clients, and what can happen to it."""

    def __init__(self, directory):
        self.system = Signpost(directory, options={"log": {"level": "warn"}})
        self.system.post(APP)
        self.system.wait_tasks("shop", 3)
        vip = self.system.vip("shop.marathon")
        wait_until(lambda: answers(f"http://{vip}:80/endpoint0"), "the VIP answers")
        self.wait_whole()
        dns = self.system.dns
        name, service = "shop.marathon.mesos", "_http._shop._tcp.marathon.mesos"
        self.clients = [
            clients.Client("DNS A, kept 60 s", clients.by_address(dns, name, PORT, 60)),
            clients.Client("DNS A, kept 5 s", clients.by_address(dns, name, PORT, 5)),
            clients.Client("DNS A, asked each time", clients.by_address(dns, name, PORT, 0)),
            clients.Client("DNS SRV, kept 5 s", clients.by_service(dns, service, 5)),
            clients.Client("API, asked every 0.5 s", clients.by_api(self.system.admin, "/shop", 0.5)),
            clients.Client("virtual IP", lambda: (vip, 80))]
        self.undo = []

    def task(self):
        return self.system.tasks("shop")[0]

    def kill(self):
        for pid in processes_of(self.task()["id"]):
            os.kill(pid, signal.SIGKILL)

    def hang(self):
        pids = processes_of(self.task()["id"])
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)

    def cut_agent(self):
        self.undo.append(namespace.cut_off(self.task()["host"]))

    def deploy(self):
        release = {"env": {"RELEASE": str(time.monotonic())}}
        assert http("PUT", self.system.marathon + "/v2/apps/shop", release).status == 200

    def wait_whole(self):
        """Until three instances pass again, and no deployment is under way."""
        for undo in self.__dict__.pop("undo", []):
            undo()
        self.undo = []

        def whole():
            app = http("GET", self.system.marathon + "/v2/apps/shop").json()["app"]
            backends = [b["state"] for s in self.system.services()["services"] for v in s["vips"]
                        for b in v["backends"]]
            return app["tasksHealthy"] == 3 and not app["deployments"] and backends == ["passing"] * 3

        wait_until(whole, "three passing instances", limit=90)

    def stop(self):
        for client in self.clients:
            client.stop()
        self.system.stop()


EVENTS = {
    "an instance dies (SIGKILL)": World.kill,
    "an instance hangs (SIGSTOP)": World.hang,
    "an agent is cut off": World.cut_agent,
    "a rolling deployment": World.deploy,
}


def watch(world, happen, seconds):
    """Lets it happen, and returns what each client saw from then on."""
    time.sleep(3)  # All clients hold answers of their own by now.
    begin = time.monotonic()
    happen(world)
    time.sleep(seconds)
    return {client.name: summary(client.since(begin), begin) for client in world.clients}


def summary(calls, begin):
    failed = [call for call in calls if call.failure]
    tasks = Counter(call.task for call in calls if not call.failure)
    return {"calls": len(calls), "failed": len(failed),
            "last_failure": max((call.at + call.took - begin for call in failed), default=None),
            "failures": sorted(round(call.at - begin, 2) for call in failed),
            "reasons": dict(Counter(call.failure for call in failed)),
            "most": max(tasks.values(), default=0) / max(1, sum(tasks.values()))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="that each event is watched")
    parser.add_argument("--event", default="", help="only events whose name holds this")
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--write", action="store_true", help="put table and plot into docs/")
    options = parser.parse_args()
    namespace.enter()
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory))
        figures = {}
        try:
            for name, happen in EVENTS.items():
                if options.event not in name:
                    continue
                print(f"{name} …", file=sys.stderr, flush=True)
                figures[name] = watch(world, happen, options.seconds)
                world.wait_whole()
        finally:
            world.stop()
    print(report.table(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    if options.write:
        report.write(SOURCE / "docs", figures, options.seconds)


if __name__ == "__main__":
    main()
