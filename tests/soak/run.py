#!/usr/bin/env python3
"""Load for as long as you like, while everything is deployed, scaled, killed and drained without a pause.

Two services at once. One is an app of the embedded Marathon, called by clients that forgive nothing: new and kept
connections, slow uploads. The other comes from a file, has two backends that are drained in turn, and is called at a
high rate. Meanwhile names are asked for. At the end:

* no request failed, and every query was answered;
* memory is flat: the median of the last third is that of the third before it, give or take a few per cent;
* no descriptor is left of all that went through;
* it ends with status 0, which a sanitizer that found something does not.

Exit status 1 if one of them does not hold.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import yaml

SOURCE = Path(__file__).resolve().parents[2]
os.environ.setdefault("SIGNPOST_BIN", str(SOURCE / "build/release/signpost"))
BENCH = Path(os.environ["SIGNPOST_BIN"]).resolve().parent / "bench"
if "--sanitized" in sys.argv or not (BENCH / "dns_paced").exists():  # Loads are never sanitized.
    BENCH = SOURCE / "build/release/bench"
sys.path[:0] = [str(SOURCE / "tests/e2e"), str(SOURCE / "tests/support"), str(SOURCE / "bench")]

# pylint: disable=wrong-import-position
from load import KEPT, NEW, Kind, Load
from processes import cpu_seconds, resident_bytes
from support.signpost import Signpost, without_seccomp
from support.tools import answers, free_ports, http, wait_until

# Its tasks may take long to end, and wait for two seconds and a half in which nobody asks: where the machine is slow, a
# client that keeps its connection pauses, and would be cut off by its server, which is no fault of a proxy between them.
APP = {"id": "/shop", "instances": 4, "env": {"RELEASE": "0", "DRAIN_SECONDS": "20"}, "taskKillGracePeriodSeconds": 25,
       "container": {"type": "DOCKER", "docker": {"image": "mhausenblas/simpleservice:0.3.0", "network": "HOST"}},
       "portDefinitions": [{"name": "http", "labels": {"VIP_0": "/shop:80"}}],
       "healthChecks": [{"protocol": "HTTP", "path": "/health", "intervalSeconds": 1, "gracePeriodSeconds": 10}],
       "upgradeStrategy": {"minimumHealthCapacity": 0.75, "maximumOverCapacity": 0.5}}
KINDS = (NEW, KEPT, Kind("upload", upload=200_000, seconds=0.6))
GROWTH = 0.05      # That memory may differ by between two thirds of the run,
SLACK = 8_000_000  # and bytes that are nothing to speak of.
SPARE = 140        # Descriptors that may be kept: a worker's 32 pipes, and one for each instance.


class Backends:
    """Two processes behind a VIP of the file source, drained in turn."""

    def __init__(self, directory):
        self.path = directory / "services.yaml"
        self.ports = free_ports(2)
        self.processes = [subprocess.Popen([BENCH / "proxy_backend", str(port)]) for port in self.ports]
        self.write()

    def write(self, draining=None):
        endpoints = [{"address": "127.0.0.1", "ports": [port], "state": "draining" if port == draining else "running"}
                     for port in self.ports]
        fresh = self.path.with_suffix(".new")
        fresh.write_text(yaml.safe_dump({"services": {"bulk": {
            "ports": [{"port": 1, "vip": "/bulk:81"}], "endpoints": endpoints}}}))
        fresh.rename(self.path)

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


class World:
    def __init__(self, directory, options):
        self.options = options
        self.backends = Backends(directory)
        self.signpost = Signpost(directory, options={
            "log": {"level": "warn"}, "file": {"path": str(self.backends.path)}, "state": {"path": str(directory / "state")},
            "vip": {"service_address": "127.0.0.1"}, **without_seccomp(options.sanitized)})
        self.signpost.post(APP)
        self.signpost.wait_tasks("shop", APP["instances"])
        self.shop = self.signpost.vip("shop.marathon")
        self.bulk = wait_until(lambda: self.signpost.addresses("bulk.file.l4lb.thisdcos.directory"), "the other VIP")[0]
        wait_until(lambda: answers(f"http://{self.shop}/endpoint0"), "the VIP answers")
        wait_until(lambda: self.pressed(seconds=0.2)["answered"] > 0, "the other VIP answers")
        self.pid = self.signpost.process.pid
        self.quiet_descriptors = self.descriptors()
        self.samples = []
        self.deployments = 0

    def pressed(self, **plan):
        """A short run of load on the file's service."""
        words = [f"{key}={value}" for key, value in plan.items()]
        done = subprocess.run([BENCH / "proxy_load", self.bulk, "81", *words], capture_output=True, text=True)
        return json.loads(done.stdout)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def sample(self):
        self.samples.append((resident_bytes(self.pid), self.descriptors()))

    def causes(self):
        """Who ended those that failed: what vipd counted by cause, and what Signpost warned of, as of an app that crashed."""
        counted = [line for line in self.signpost.metrics().splitlines()
                   if line.startswith("signpost_vipd_") and "cause=" in line and not line.endswith(" 0")]
        warned = [line for line in self.signpost.process.output().splitlines() if " warning " in line or " error " in line]
        return "\n".join(counted + warned[-200:])

    def settled(self):
        answer = http("GET", self.signpost.marathon + "/v2/deployments")
        return answer.status == 200 and answer.json() == []

    def change(self):
        """One change after the other, each begun when the one before is done."""
        put = lambda body: http("PUT", self.signpost.marathon + "/v2/apps/shop", body)  # noqa: E731
        steps = [lambda: put({"env": APP["env"] | {"RELEASE": str(self.deployments)}}), lambda: put({"instances": 6}), self.kill_one,
                 lambda: put({"instances": 3}), lambda: put({"instances": 4}),
                 lambda: http("POST", self.signpost.marathon + "/v2/apps/shop/restart")]
        answer = steps[self.deployments % len(steps)]()
        assert answer.status in (200, 201), answer.text
        self.deployments += 1
        self.backends.write(self.backends.ports[self.deployments % 2])

    def kill_one(self):
        task = self.signpost.tasks("shop")[0]["id"]
        return http("DELETE", f"{self.signpost.marathon}/v2/apps/shop/tasks/{task}")

    def stop(self):
        """What the end of Signpost says: a sanitizer speaks there at last."""
        status = self.signpost.stop()
        self.backends.stop()
        return [f"it ended with status {status}:\n{self.signpost.process.output()[-6000:]}"] if status else []


class Child:
    """A load that runs beside and tells its figures at the end."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def report(self):
        return json.loads(self.process.communicate()[0])


def soak(world, options):
    """Everything at once, for that long; what the loads saw."""
    seconds = options.minutes * 60
    load = Load(world.shop, 80, "/endpoint0", threads=12, rate=150, timeout=10, kinds=KINDS)
    load.start()
    queries = world.signpost.directory / "queries"
    queries.write_text("shop.marathon.mesos A\n_http._shop._tcp.marathon.mesos SRV\nbulk.file.mesos A\nnone.marathon.mesos A\n")
    dns = Child(BENCH / "dns_paced", *map(str, world.signpost.dns), queries, str(options.rate), str(seconds))
    plans = [{"close": 1, "rate": options.rate / 4}, {"rate": options.rate}]
    bulk = [Child(BENCH / "proxy_load", world.bulk, "81", f"seconds={seconds}", *(f"{k}={v}" for k, v in plan.items()))
            for plan in plans]
    stopped = threading.Event()
    sampler = threading.Thread(target=lambda: [world.sample() for _ in iter(lambda: stopped.wait(options.every), True)])
    sampler.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        wait_until(world.settled, "a deployment's end", limit=120)
        world.change()
        wait_until(lambda at=time.monotonic(): time.monotonic() > at + 2, "a moment")
    wait_until(world.settled, "the last deployment's end", limit=120)
    stopped.set()
    sampler.join()
    return load.stop(), [child.report() for child in bulk], dns.report()


def judge(world, calls, bulk, dns, sanitized):
    """What does not hold."""
    problems = []
    if calls.failures:
        problems.append(f"requests failed:\n{calls}\n{world.causes()}")
    for report in bulk:
        if report["failed"]:
            problems.append(f"{report['failed']} of {report['answered']} requests at a high rate failed")
    if dns["replies"] != dns["sent"]:
        problems.append(f"{dns['sent'] - dns['replies']} of {dns['sent']} queries were not answered")
    third = len(world.samples) // 3
    if third > 0 and not sanitized:  # These keep what was freed.
        before, after = (statistics.median(memory for memory, _ in part)
                         for part in (world.samples[third:2 * third], world.samples[2 * third:]))
        if after > before * (1 + GROWTH) + SLACK:
            problems.append(f"memory grew from {before / 1e6:.1f} to {after / 1e6:.1f} MB")
    try:
        wait_until(lambda: world.descriptors() <= world.quiet_descriptors + SPARE, "all descriptors to be closed", limit=60)
    except AssertionError:
        problems.append(f"{world.descriptors()} descriptors at the end, {world.quiet_descriptors} at the beginning")
    return problems


def tell(world, calls, bulk, dns, cpu):
    memory = [sample[0] / 1e6 for sample in world.samples] or [0]
    descriptors = [sample[1] for sample in world.samples] or [0]
    print(f"deployments   {world.deployments}")
    print(f"requests      {calls.calls:,} to the app, slowest {calls.slowest * 1000:.0f} ms; "
          f"{sum(report['answered'] for report in bulk):,} at a high rate; failed "
          f"{calls.failed + sum(report['failed'] for report in bulk)}")
    print(f"queries       {dns['sent']:,}, unanswered {dns['sent'] - dns['replies']}, p99 {dns['p99_us'] / 1000:.1f} ms")
    print(f"memory        {memory[0]:.1f} MB at first, {max(memory):.1f} at most, {memory[-1]:.1f} at last")
    print(f"descriptors   {world.quiet_descriptors} at first, {max(descriptors)} at most, {world.descriptors()} at last")
    print(f"CPU           {cpu:.0f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20, help="(%(default)s)")
    parser.add_argument("--rate", type=float, default=1000, help="requests a second on kept connections; others follow")
    parser.add_argument("--every", type=float, default=5, help="seconds between two looks at memory (%(default)s)")
    parser.add_argument("--sanitized", action="store_true", help="that SIGNPOST_BIN is: its memory is not judged")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory), options)
        try:
            before = cpu_seconds(world.pid)
            seen = soak(world, options)
            cpu = cpu_seconds(world.pid) - before
            problems = judge(world, *seen, options.sanitized)
            tell(world, *seen, cpu)
        finally:
            ended = world.stop()
        problems += ended
    for problem in problems:
        print(f"problem: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
