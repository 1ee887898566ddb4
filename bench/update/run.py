#!/usr/bin/env python3
"""How long after an event on the bus is the answer of dnsd, and the choice of vipd, another one?

A scripted Marathon lists so many tasks, and tells of one more and one less of an app, again and again, while dnsd
answers a steady stream of queries. Timed is from the event's first octet to the first query, or connection, that sees
it. Signpost has one core, all else the other. Ahead of that come starts from the bus, on one core and on both, and after
it a storm of updates and a start from the state on disk, while no orchestrator answers.
"""

import argparse
import contextlib
import mmap
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
os.environ.setdefault("SIGNPOST_BIN", str(SOURCE / "build/release/signpost"))
BUILD = Path(os.environ["SIGNPOST_BIN"]).resolve().parent
sys.path[:0] = [str(SOURCE / "tests/e2e"), str(SOURCE / "bench")]

# pylint: disable=wrong-import-position
import dns.message

import results
from processes import cpu_seconds, kernel_seconds, pin, resident_bytes
from results import Report, Table
from support.fake_marathon import FakeMarathon, make_app, make_task
from support.signpost import Signpost
from support.tools import wait_until

PER_APP = 10
BENCH = "/bench"
NAME = "bench.marathon.mesos"
STORM = "/storm"
PATIENCE = 30  # Seconds that one event may take before the benchmark gives up.
MOST_OF_A_TASK = 5000  # Octets that a process has at a start, for each task, and some to spare.


class Backend:
    """A task that is really there: who connects is told its name and left."""

    def __init__(self, name, address):
        self.name = name
        self.listener = socket.create_server((address, 0), backlog=1024)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            with client, contextlib.suppress(OSError):  # A check has left already.
                client.sendall(self.name)

    def task(self, number):
        """As Marathon lists it; each incarnation has an id of its own."""
        address, port = self.listener.getsockname()
        return {**make_task(BENCH, address, number), "ports": [port]}


class World:
    """A cluster of so many tasks and one Signpost that follows it."""

    def __init__(self, directory, tasks, options):
        self.options, self.directory = options, directory
        self.staying, self.coming = Backend(b"s", "127.0.0.1"), Backend(b"c", "127.0.0.2")
        ports = [{"port": 10000, "protocol": "tcp", "labels": {"VIP_0": "/bench:80"}}]
        bench = make_app(BENCH, [], portDefinitions=ports)
        bench["tasks"] = [self.staying.task(0)]
        self.marathon = FakeMarathon(bench, make_app(STORM, []), *fillers(tasks))
        self.number = 1
        self.signpost = None

    def start_from_bus(self, *cores):
        """A start that knows nothing: seconds until the first right answer, those of them after the list was sent, and
        the kernel's CPU."""
        if self.signpost:
            self.signpost.stop()
            (self.directory / "state").unlink(missing_ok=True)
        self.marathon.listed_at = None
        begun, self.signpost = self.start(*cores)
        answered = time.monotonic()
        listed = wait_until(lambda: self.marathon.listed_at, "the list to be noted as sent")
        return answered - begun, max(0.0, answered - listed), kernel_seconds(self.signpost.process.pid)

    def start(self, *cores):
        """When it was begun, and it, once it answers rightly."""
        take_from_host(self.tasks() * MOST_OF_A_TASK)
        begun = time.monotonic()
        signpost = Signpost(self.directory, marathon_url=self.marathon.url, wait=False, options={
            "log": {"level": "warn"}, "state": {"path": str(self.directory / "state")}})
        pin(signpost.process.pid, *cores)
        self.resolver = Resolver(signpost.dns)
        wait_until(lambda: "127.0.0.1" in self.resolver.ask(), "the first right answer", limit=120)
        return begun, signpost

    def is_saved(self):
        """Whether all that is known stands on disk."""
        figures = dict(line.rsplit(" ", 1) for line in self.signpost.metrics().splitlines() if not line.startswith("#"))
        return figures["signpost_state_saved_generation"] == figures["signpost_watcher_generation"]

    def restart_without_marathon(self):
        """Seconds until the state on disk is served."""
        wait_until(self.is_saved, "the state on disk")
        self.signpost.stop()
        self.marathon.out_of_order = True
        begun, self.signpost = self.start(self.options.server_core)
        return time.monotonic() - begun

    def come(self):
        """One task more: seconds until DNS tells it, and until the VIP leads to it."""
        self.number += 1
        self.task = self.coming.task(self.number)
        begun = time.monotonic()
        self.marathon.start_task(BENCH, self.task)
        return self.resolver.wait(lambda addresses: self.task["host"] in addresses) - begun

    def go(self):
        begun = time.monotonic()
        self.marathon.end_task(BENCH, self.task)
        return self.resolver.wait(lambda addresses: self.task["host"] not in addresses) - begun

    def storm(self, count):
        """So many tasks that come as fast as can be told: seconds until all are known, and the CPU's."""
        tasks = [make_task(STORM, f"10.200.{i >> 8}.{i & 255}", i) for i in range(count)]
        before, begun = cpu_seconds(self.signpost.process.pid), time.monotonic()
        self.marathon.set_app({**self.marathon.app(STORM), "tasks": tasks})
        for task in tasks:
            self.marathon.send_status(task, "TASK_RUNNING")
        known = f"\nsignpost_watcher_tasks {self.tasks() + count}\n"
        wait_until(lambda: known in self.signpost.metrics(), "the storm to be over", limit=120)
        return time.monotonic() - begun, cpu_seconds(self.signpost.process.pid) - before

    def tasks(self):
        return sum(len(app["tasks"]) for app in self.marathon.apps() if app["id"] != STORM)

    def stop(self):
        if self.signpost:
            self.signpost.stop()
        self.marathon.stop()


def take_from_host(size):
    """Touches so much memory and gives it back: the host of a virtual machine finds memory when it is touched first, which
    may take ten times as long as to clear it, and is no start's fault."""
    with mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        for page in range(0, size, mmap.PAGESIZE):
            memory[page] = 1


def fillers(tasks):
    for number in range(tasks // PER_APP):
        hosts = [f"10.{number >> 8 & 127}.{number & 255}.{i + 1}" for i in range(PER_APP)]
        yield make_app(f"/group-{number % 50}/app-{number}", hosts)


class Resolver:
    """Asks for NAME, one query after the other."""

    def __init__(self, server):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(server)
        self.socket.settimeout(0.2)
        self.query = dns.message.make_query(NAME, "A").to_wire()

    def ask(self):
        """The addresses of the answer; none as long as there is none."""
        try:
            self.socket.send(self.query)
            reply = dns.message.from_wire(self.socket.recv(4096))
        except OSError:
            return []
        return [record.to_text() for rrset in reply.answer for record in rrset]

    def wait(self, condition):
        """The time of the first answer that is so."""
        deadline = time.monotonic() + PATIENCE
        while not condition(self.ask()):
            assert time.monotonic() < deadline, f"waited {PATIENCE} s for an answer in vain"
        return time.monotonic()


class Knocker:
    """Connects to the VIP, again and again, and notes who was reached when."""

    def __init__(self, address):
        self.address, self.stopped = address, threading.Event()
        self.seen = []  # When the connection was begun, when it was answered, and by whom.
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopped.is_set():
            begun = time.monotonic()
            with socket.create_connection(self.address, timeout=5) as one:
                who = one.recv(1)
            self.seen.append((begun, time.monotonic(), who))

    def wait_for(self, who):
        """When it was first reached, from now on."""
        position = len(self.seen)
        wait_until(lambda: any(name == who for _, _, name in self.seen[position:]), f"the VIP to lead to {who}")
        return next(at for _, at, name in self.seen[position:] if name == who)

    def last_of(self, who, since):
        """When the last connection began that still reached it, from `since` on; `since`, if there is none."""
        return max((begun for begun, _, name in self.seen if name == who), default=since)

    def stop(self):
        self.stopped.set()
        self.thread.join()


def p99(values):
    return sorted(values)[int(len(values) * 0.99)]


def times_of_names(world, count):
    """Milliseconds from an event to DNS: of tasks that come, and that go."""
    coming, going = [], []
    for _ in range(count):
        coming.append(world.come() * 1000)
        going.append(world.go() * 1000)
        time.sleep(random.random() * 0.005)  # Not in step with anything.
    return coming, going


def times_of_vips(world, count):
    """Milliseconds from an event to the VIP's choice, after the check of a task that comes."""
    knocker = Knocker((world.signpost.vip("bench.marathon"), 80))
    coming, going = [], []
    for _ in range(count):
        begun = time.monotonic()
        world.come()
        coming.append((knocker.wait_for(b"c") - begun) * 1000)
        begun = time.monotonic()
        world.go()
        wait_until(lambda at=begun: knocker.seen[-1][0] > at + 0.05, "the knocker to go on")
        going.append(max(0.0, knocker.last_of(b"c", begun) - begun) * 1000)
    knocker.stop()
    return coming, going


class Figures:
    """What was found, by table and by number of tasks."""

    def __init__(self):
        self.tables = {}

    def add(self, title, unit, size, value, gate=None):
        table = self.tables.setdefault(title, Table(title, unit, {}, ours=""))
        table.figures.setdefault(f"{size:,} tasks", []).append(value)
        if gate is not None:
            table.gates[f"{size:,} tasks"] = gate


def measure(size, options, figures, report):
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory), size, options)
        try:
            measure_starts(world, size, figures, report)
            load = steady_queries(world, options)
            for turn in range(options.rounds):
                report.progress(f"{size:,} tasks, round {turn + 1} of {options.rounds}")
                gate = 10 if size <= 10000 else None
                for what, found in zip(("comes", "goes"), times_of_names(world, options.events)):
                    figures.add(f"p50 from the event to DNS, a task {what}", "ms", size, statistics.median(found))
                    figures.add(f"p99 from the event to DNS, a task {what}", "ms", size, p99(found), gate)
                for what, found in zip(("comes", "goes"), times_of_vips(world, options.events // 4)):
                    figures.add(f"median from the event to the VIP, a task {what}", "ms", size, statistics.median(found))
            load.kill()
            load.wait()
            report.progress(f"{size:,} tasks, nothing happens")
            wait_until(world.is_saved, "the state on disk")
            before = cpu_seconds(world.signpost.process.pid)
            time.sleep(5)
            spent = cpu_seconds(world.signpost.process.pid) - before
            figures.add("steady state, nothing happens", "% of a core", size, spent * 20)
            report.progress(f"{size:,} tasks, storm")
            seconds, cpu = world.storm(options.storm)
            figures.add(f"a storm of {options.storm:,} updates: until all are known", "s", size, seconds)
            figures.add(f"a storm of {options.storm:,} updates: CPU of each", "µs", size, cpu * 1e6 / options.storm)
            figures.add("memory, all threads and roles", "MB", size, resident_bytes(world.signpost.process.pid) / 1e6)
            figures.add("start, from the state on disk", "s", size, world.restart_without_marathon())
        finally:
            world.stop()


def measure_starts(world, size, figures, report):
    """The last is the one that goes on."""
    core, other = world.options.server_core, world.options.load_core
    for turn in range(world.options.rounds):
        report.progress(f"{size:,} tasks, start {turn + 1} of {world.options.rounds}")
        _, understood, _ = world.start_from_bus(core, other)
        figures.add("start, from the bus, on both cores: after the last octet of the list", "s", size, understood, gate=3)
        started, understood, in_kernel = world.start_from_bus(core)
        figures.add("start, from the bus, on one core", "s", size, started)
        figures.add("of it, after the last octet of the list", "s", size, understood, gate=3)
        figures.add("of it, CPU of the kernel: memory taken for the first time, sockets", "s", size, in_kernel)


def steady_queries(world, options):
    queries = world.directory / "queries"
    queries.write_text(f"{NAME} A\n")
    return subprocess.Popen(["taskset", "-c", str(options.load_core), BUILD / "bench/dns_paced", "127.0.0.1",
                             str(world.signpost.dns[1]), queries, str(options.rate), "100000"], stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, action="append", help="in the cluster; may be repeated (1000, 10000, 100000)")
    parser.add_argument("--events", type=int, default=100, help="in a round, of each kind (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="(%(default)s)")
    parser.add_argument("--storm", type=int, default=10000, help="updates at once (%(default)s)")
    parser.add_argument("--rate", type=float, default=5000, help="queries a second meanwhile (%(default)s)")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--load-core", type=int, default=1)
    results.add_arguments(parser)
    options = parser.parse_args()
    os.sched_setaffinity(0, {options.load_core})
    sys.setswitchinterval(0.0005)
    report, figures = Report("update"), Figures()
    for size in options.tasks or [1000, 10000, 100000]:
        measure(size, options, figures, report)
    for table in figures.tables.values():
        report.add(table)
    return report.finish(options)


if __name__ == "__main__":
    sys.exit(main())
