#!/usr/bin/env python3
"""What does relaying TCP cost vipd, HAProxy and nginx?

All pass connections on to one cheap backend. Each proxy has one worker, pinned to one core; load and backend share the
other. They take short turns, which are repeated; figures are medians of the proxy's own CPU time per unit of
work, by the kernel's account, so that who is slowed down by a neighbour of this machine still compares. Ratios are what
counts; they mean something in the release build on a quiet machine only. "direct" is what the same work costs the
backend when nobody stands between, "bare relay" the least that standing between costs on this kernel: a wait, a read
and a write for what comes, the end of one side told to the other, and nothing else. System calls are those of the
threads that relay.
"""

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
os.environ.setdefault("SIGNPOST_BIN", str(SOURCE / "build/release/signpost"))
BUILD = Path(os.environ["SIGNPOST_BIN"]).resolve().parent
sys.path[:0] = [str(SOURCE / "tests/e2e"), str(SOURCE / "bench")]

# pylint: disable=wrong-import-position
import results
from processes import cpu_seconds, is_traced, pin, resident_bytes, waits, workers_of
from results import Report, Table
from support.proxies import PATIENCE, HAProxy, Nginx, Vipd
from support.tools import free_ports, wait_until

SHORT = {"close": 1}
KEPT = {}
ONE = {"connections": 1}
ALONE = {"flows": 1, "burst": 1}
GIGABYTE = 1_000_000_000
CPU = "µs of CPU"


def other_addresses(count):
    """Where a proxy listens beside 127.0.0.1."""
    return [f"127.1.{number >> 8}.{number & 255}" for number in range(count)]


class OurHAProxy(HAProxy):
    """Configured by haproxy.cfg."""
    tuning = splicing = ""

    def __init__(self, directory, backend, others=0):
        self.address = ("127.0.0.1", *free_ports(1))
        config = (SOURCE / "bench/proxy/haproxy.cfg").read_text()
        more = "\n".join(f"listen at-{place}\n  bind {place}:{self.address[1]} backlog 4096\n  server one 127.0.0.1:{backend}"
                         for place in other_addresses(others))
        self.run(directory, config.format(tuning=self.tuning, splicing=self.splicing, port=self.address[1],
                                          backend=backend, others=more))


class SplicingHAProxy(OurHAProxy):
    name = "HAProxy, splice"
    tuning, splicing = "tune.pipesize 1048576", "option splice-auto"


class OurNginx(Nginx):
    """Configured by nginx.conf."""

    def __init__(self, directory, backend, others=0):
        self.address = ("127.0.0.1", *free_ports(1))
        config = (SOURCE / "bench/proxy/nginx.conf").read_text()
        more = "\n  ".join(f"server {{ listen {place}:{self.address[1]} backlog=4096; proxy_connect_timeout 5s; "
                           "proxy_timeout 1h; proxy_pass one; }" for place in other_addresses(others))
        for word, value in (("module", self.module()), ("directory", directory), ("port", self.address[1]),
                            ("backend", backend), ("others", more)):
            config = config.replace("{%s}" % word, str(value))
        self.run(directory, config)


class OurVipd(Vipd):
    def __init__(self, directory, backend, others=0):
        self.others = others
        super().__init__(directory, [backend], idle="1h")

    def services(self, states):
        listed = super().services(states)
        one = listed["scenario"]
        for number in range(self.others):
            ports = [one["ports"][0] | {"vip": f"/other-{number}:{self.port}"}]
            listed[f"other-{number}"] = one | {"ports": ports}
        return listed


class DatagramVipd(Vipd):
    def __init__(self, directory, backend):
        super().__init__(directory, [backend], idle="1h", protocol="udp")


class DatagramNginx(Nginx):
    def __init__(self, directory, backend):
        super().__init__(directory, [backend], idle="1h", protocol="udp")


class Direct:
    """The backend itself."""
    name, program, sockets, patience = "direct", "proxy_backend", "tcp", PATIENCE

    def __init__(self, directory, *arguments):
        del directory
        self.address = ("127.0.0.1", *free_ports(1))
        self.process = subprocess.Popen(self.command(self.address[1], *arguments))
        wait_until(self.listens, f"{self.name} to listen", self.patience)

    def command(self, *arguments):
        return [BUILD / "bench" / self.program, *map(str, arguments)]

    def listens(self):
        return f":{self.address[1]:04X} 00000000:0000 " in Path(f"/proc/net/{self.sockets}").read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class BareRelay(Direct):
    """The limit of every proxy that copies."""
    name, program = "bare relay", "proxy_relay"


class SplicingRelay(BareRelay):
    """The limit of every proxy that does not."""
    name = "bare relay, splice"

    def command(self, *arguments):
        return [*super().command(*arguments), "splice"]


class Echo(Direct):
    program, sockets = "proxy_datagram_echo", "udp"


LIMITS = (Direct.name, BareRelay.name)
SPLICING = (SplicingRelay.name, SplicingHAProxy.name)  # For what is moved in bulk.


class Bench:
    """The proxies, the backend, and one turn of one of them."""
    backend, kinds, program = Direct, (BareRelay, SplicingRelay, OurVipd, OurHAProxy, SplicingHAProxy, OurNginx), "proxy_load"

    def __init__(self, directory, options, report):
        self.options, self.report, self.servers = options, report, {}
        try:
            self.add(self.backend(directory), options.load_core)
            backend = self.servers["direct"].address[1]
            for proxy in self.kinds:
                folder = directory / re.sub(r"\W+", "-", proxy.name)
                folder.mkdir()
                self.add(self.make(proxy, folder, backend), options.proxy_core)
        except BaseException:
            self.stop()
            raise

    def make(self, kind, directory, backend):
        return kind(directory, backend)

    @property
    def proxies(self):
        """Those that each case looks at."""
        return [name for name in self.servers if name not in (*LIMITS, *SPLICING)]

    def add(self, server, core):
        self.servers[server.name] = server
        pin(server.process.pid, core)

    def load(self, name, **plan):
        """The command that loads a server."""
        words = [f"{key}={value}" for key, value in plan.items()]
        address, port = self.servers[name].address
        return ["taskset", "-c", str(self.options.load_core), BUILD / "bench" / self.program, address, str(port), *words]

    def turn(self, name, **plan):
        """The load's report, with the CPU seconds that the server spent meanwhile."""
        pid = self.servers[name].process.pid
        before, slept = cpu_seconds(pid), waits(pid)
        done = subprocess.run(self.load(name, **plan), check=True, capture_output=True, text=True)
        report = json.loads(done.stdout)
        assert report["failed"] == 0, f"{name} failed its clients: {report}"
        return report | {"cpu": cpu_seconds(pid) - before, "waits": waits(pid) - slept}

    def rounds(self, measure, names=None):
        """Per server, what measure(name) gave in each round."""
        names = names or [name for name in self.servers if name not in SPLICING]
        found = {name: [] for name in names}
        for turn in range(self.options.rounds):
            for name in results.in_turn(names, turn):
                self.report.progress(f"round {turn + 1} of {self.options.rounds}, {name}")
                found[name].append(measure(name))
        return found

    def stop(self):
        for server in reversed(self.servers.values()):
            server.stop()


class ManyVips(Bench):
    """The same proxies with so many VIPs each, beside their backend."""
    kinds = (OurVipd, OurHAProxy, OurNginx)

    def __init__(self, directory, count, options, report):
        self.others = count - 1
        super().__init__(directory, options, report)

    def make(self, kind, directory, backend):
        return kind(directory, backend, self.others)


class DatagramBench(Bench):
    """The same of UDP, which HAProxy has not."""
    backend, kinds, program = Echo, (DatagramVipd, DatagramNginx), "proxy_datagrams"


# --- cases: each adds its tables to the report


def add(bench, title, unit, found, limits=LIMITS, **more):
    bench.report.add(Table(title, unit, found, limits=list(limits), **more))


def cpu_per_request(bench, names=None, **plan):
    """By server: microseconds of each round, and how often it slept for each request."""
    def measure(name):
        report = bench.turn(name, seconds=bench.options.seconds, **plan)
        return report["cpu"] * 1e6 / report["answered"], report["waits"] / report["answered"]
    return apart(bench.rounds(measure, names), "{:.2f} waits")


def apart(found, remark):
    """By server: CPU of each round, and a remark of how often it slept for it."""
    slept = {name: remark.format(statistics.median(times for _, times in turns)) for name, turns in found.items()}
    return {name: [cpu for cpu, _ in turns] for name, turns in found.items()}, slept


def add_cpu(bench, title, gates=None, **plan):
    figures, slept = cpu_per_request(bench, **plan)
    add(bench, title, CPU, figures, gates=gates or {}, remarks=slept)


def short_connections(bench):
    """On two cores, who sleeps in between pays for it, and that hangs on whose core is the bottleneck; on one nobody does."""
    gates = {"HAProxy": 0.90, "nginx": 1.00}
    add_cpu(bench, "short connection, 64 at a time", gates, **SHORT)
    share_the_load_core(bench)
    add_cpu(bench, "short connection, 64 at a time, all on one core", gates, **SHORT)


def one_of_many(bench):
    """Connections to one VIP of few and of many."""
    figures = {}
    for count in bench.options.vips:
        with tempfile.TemporaryDirectory() as directory:
            many = ManyVips(Path(directory), count, bench.options, bench.report)
            try:
                share_the_load_core(many)
                found, _ = cpu_per_request(many, many.proxies, **SHORT)
            finally:
                many.stop()
        size = f"{count:,} VIP" + ("s" if count > 1 else "")
        figures |= {f"{name}, {size}": turns for name, turns in found.items()}
    add(bench, "short connection to one of many VIPs, 64 at a time, all on one core", CPU, figures)


def share_the_load_core(bench):
    """For what happens one after the other: that needs no second core, and waking one up may cost more than the rest."""
    for name, server in bench.servers.items():
        if name != Direct.name:
            pin(server.process.pid, bench.options.load_core)


def kept_connections(bench):
    add_cpu(bench, "request on one of 64 kept connections", {"HAProxy": 0.92, "nginx": 0.85}, **KEPT)
    share_the_load_core(bench)
    add_cpu(bench, "request on the only kept connection, all on one core", {"HAProxy": 0.70}, **ONE)


def bulk(bench):
    """On two cores, who is quicker than the load sleeps in between and wakes the other core up; on one nobody does."""
    gates = {"HAProxy": 0.60, SplicingHAProxy.name: 1.00}
    add_bulk(bench, "one connection", gates)
    share_the_load_core(bench)
    add_bulk(bench, "one connection, all on one core", gates)


def add_bulk(bench, title, gates):
    size = int(bench.options.gigabytes * GIGABYTE)
    small = 64
    limits = (Direct.name, SplicingRelay.name)  # Who copies is no floor of who doesn't.
    names = [name for name in bench.servers if name != BareRelay.name]
    for way, plan in (("up", {"request": size, "answer": small}), ("down", {"request": small, "answer": size})):
        def measure(name, plan=plan):
            report = bench.turn(name, seconds=600, requests=1, connections=1, **plan)
            return tuple(report[what] / bench.options.gigabytes for what in ("cpu", "waits"))
        figures, slept = apart(bench.rounds(measure, names), "{:,.0f} waits")
        add(bench, f"bulk, {way}stream, {title}", "s of CPU per GB", figures, limits, gates=gates, remarks=slept)


def latency(bench):
    """At 70 % of what the slowest of them can do."""
    fastest = [bench.turn(name, seconds=bench.options.seconds, **KEPT) for name in bench.proxies]
    rate = 0.7 * min(report["answered"] / report["seconds"] for report in fastest)
    found = bench.rounds(lambda name: bench.turn(name, seconds=bench.options.seconds, rate=rate, **KEPT))
    for what in ("p50", "p99", "p99.9"):
        figures = {name: [report[f"{what}_us"] for report in reports] for name, reports in found.items()}
        add(bench, f"{what} of requests on 64 kept connections, at 70 % of the slowest", "µs", figures,
            gates={"HAProxy": 1.00, "nginx": 1.00} if what == "p99" else {})


def beside_the_slow(bench):
    """Those read their answers in drops, so that everything between them and the backend is full."""
    crowd = bench.options.slow
    def measure(name):
        slow = subprocess.Popen(bench.load(name, slow=1, connections=crowd, request=4096, answer=192 << 10),
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert json.loads(slow.stdout.readline())["failed"] == 0, f"{name} failed its slow clients"
        bench.turn(name, requests=1, seconds=60, **ONE)  # Behind what all of them asked for at once.
        report = bench.turn(name, seconds=bench.options.seconds, rate=bench.options.rate, **ONE)
        slow.communicate()
        return report
    found = bench.rounds(measure)
    for what in ("p50", "p99"):
        figures = {name: [report[f"{what}_us"] for report in reports] for name, reports in found.items()}
        add(bench, f"{what} of one quick client beside {crowd} slow ones", "µs", figures)


def datagrams(bench):
    """Each goes through the proxy twice: there and back. As one piece: from the client, and through the backend."""
    for title, plan in (("one flow, 32 under way", {"flows": 1, "burst": 32}),
                        ("one flow, 32 under way as one piece", {"flows": 1, "burst": 32, "segments": 1}),
                        ("8 flows, 16 under way as one piece", {"flows": 8, "burst": 16, "segments": 1}),
                        ("64 flows, one under way in each", {"flows": 64, "burst": 1}),
                        ("one flow, one under way, all on one core", ALONE)):
        if plan is ALONE:
            share_the_load_core(bench)
        for octets in (100, 1200):
            add_cpu(bench, f"datagram of {octets} octets and its echo: {title}", octets=octets, **plan)


def idle_memory(bench):
    def measure(name):
        pid = bench.servers[name].process.pid
        before = resident_bytes(pid)
        load = subprocess.Popen(bench.load(name, hold=1, connections=bench.options.sessions), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)
        report = json.loads(load.stdout.readline())
        grown = resident_bytes(pid) - before
        load.communicate()
        assert report["failed"] == 0, f"{name} failed its clients: {report}"
        return grown / bench.options.sessions

    # Who has had sessions before has memory left of them: one round.
    found = {name: [measure(name)] for name in bench.proxies}
    add(bench, f"idle session, one of {bench.options.sessions} after a request each", "bytes of user memory", found,
        gates={"vipd": 512})


def system_calls(bench):
    """One at a time each needs a wait of its own for everything that comes; together they share some."""
    for title, plan, gate in (("short connection", SHORT, 16), ("request on a kept connection", KEPT, 6)):
        for connections, count in ((1, 500), (64, 3000)):
            plan = plan | {"connections": connections, "requests": count, "seconds": 60}
            found = {name: [round(calls_of(bench, name, plan) / count, 1)] for name in (BareRelay.name, *bench.proxies)}
            add(bench, f"{title}, {connections} at a time", "system calls", found, gates={"vipd": gate})


def calls_of(bench, name, plan):
    workers = workers_of(bench.servers[name].process.pid)
    trace = subprocess.Popen(["strace", "-c", *(f"--attach={worker.name}" for worker in workers)],
                             stderr=subprocess.PIPE, text=True)
    wait_until(lambda: all(map(is_traced, workers)), "strace to attach")
    subprocess.run(bench.load(name, **plan), check=True, capture_output=True)
    trace.send_signal(signal.SIGINT)
    summary = trace.communicate()[1]
    if bench.options.explain:
        print(f"\n{name}, {plan}\n{summary}")
    total = next(line for line in summary.splitlines() if line.endswith(" total"))
    return int(total.split()[3])


CASES = {"memory": idle_memory, "short": short_connections, "vips": one_of_many, "kept": kept_connections, "bulk": bulk,
         "latency": latency, "slow": beside_the_slow, "calls": system_calls, "udp": datagrams}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each proxy and case (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn (%(default)s)")
    parser.add_argument("--gigabytes", type=float, default=1, help="moved in a turn of bulk (%(default)s)")
    parser.add_argument("--sessions", type=int, default=4000, help="idle at a time (%(default)s)")
    parser.add_argument("--vips", type=int, nargs="*", default=[1, 100, 1000], help="numbers of VIPs (%(default)s)")
    parser.add_argument("--slow", type=int, default=1000, help="slow clients beside a quick one (%(default)s)")
    parser.add_argument("--rate", type=float, default=500, help="requests a second of the quick one (%(default)s)")
    parser.add_argument("--proxy-core", type=int, default=0)
    parser.add_argument("--load-core", type=int, default=1)
    parser.add_argument("--explain", action="store_true", help="print strace's tables")
    parser.add_argument("--case", choices=CASES, action="append", help="only this one; may be repeated")
    results.add_arguments(parser)
    options = parser.parse_args()
    report = Report("proxy")
    for case, play in CASES.items():
        if options.case and case not in options.case:
            continue
        with tempfile.TemporaryDirectory() as directory:
            bench = (DatagramBench if case == "udp" else Bench)(Path(directory), options, report)
            try:
                play(bench)
            finally:
                bench.stop()
    return report.finish(options)


if __name__ == "__main__":
    sys.exit(main())
