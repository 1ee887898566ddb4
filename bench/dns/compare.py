#!/usr/bin/env python3
"""What does one DNS answer cost dnsd, Knot, NSD, BIND, and who does less than any name server?

Three others show what is possible. Two are echoes: one sends back what it gets, the other as many
octets as dnsd answers, which is what the sockets alone cost for such answers. The third has learned
dnsd's answers by heart: one look-up of the whole question, and a copy.

All serve the same zone, which dnsd gives away by AXFR. Each server runs with one worker on one core,
the load on another, in short turns that are repeated; figures are medians of answers per second of
the server's own CPU time, so that who is slowed down by a neighbour of this machine still compares.
Ratios beside them are what counts; they mean something in the release build on a quiet machine only.

Some questions are put to smaller and larger zones, too. Last, dnsd, Unbound and BIND forward to one
of the others, and answer what they keep of it.
"""

import argparse
import json
import os
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
import where
from processes import cpu_seconds, pin, resident_bytes
from results import Report, Table
from support import name_servers
from support.resolvers import Bind as ForwardingBind
from support.signpost import Signpost
from support.tools import client, free_ports, wait_until
from support.unbound import Unbound

ZONE = "mesos"
LIMITS = ("echo", "as long", "by heart")
# DESIGN's budgets: 1.10 of a bare echo, 0.85 of the better of Knot and NSD; over TCP 1.2 times Knot's rate.
GATES = {"udp": {"as long": 1.10, "Knot": 0.85, "NSD": 0.85}, "tcp": {"Knot": 0.83}}
CASES = {
    # what: transport, query of service i
    "A, 3 addresses": ("udp", "svc-{i}.file.mesos A"),
    "NXDOMAIN": ("udp", "none-{i}.file.mesos A"),
    "SRV, 3 targets with additionals": ("udp", "_sql._svc-{i}._tcp.file.mesos SRV"),
    "A, 70 addresses": ("udp", "seventy.file.mesos A"),
    "A, 3 addresses, reused TCP": ("tcp", "svc-{i}.file.mesos A"),
    "A, 100 addresses, reused TCP": ("tcp", "hundred.file.mesos A"),
}
BY_SIZE = list(CASES)[:3]
EACH = 3  # Tasks of a service.
UNIT = "thousand answers per s of CPU"


def services(total):
    """The file that dnsd follows, as JSON, which is YAML too."""
    def service(number, count):
        return {"ports": [{"port": 5432, "name": "sql"}],
                "endpoints": [f"10.{number >> 8 & 255}.{number & 255}.{1 + i}" for i in range(count)]}

    listed = {f"svc-{i}": service(i, EACH) for i in range(total)}
    listed["seventy"] = service(total, 70)
    listed["hundred"] = service(total + 1, 100)
    return json.dumps({"services": listed})


class Limit:
    """A program that does less than any name server has to."""

    def __init__(self, program, *arguments):
        self.port = free_ports(1)[0]
        self.popen = subprocess.Popen([BUILD / "bench" / program, str(self.port), *map(str, arguments)])

    def stop(self):
        self.popen.kill()
        self.popen.wait()


class Bench:
    """The servers, what is asked, and one turn of one of them."""

    def __init__(self, directory, tasks, options, report):
        self.directory, self.options, self.report = directory, options, report
        self.tasks, self.services = tasks, max(1, tasks // EACH)
        empty = self.start_dnsd("empty", services(0))
        self.empty_bytes = resident_bytes(empty.process.popen.pid)
        empty.stop()
        self.dnsd = self.start_dnsd("dnsd", services(self.services))
        zone_file = directory / "zone"
        self.records = self.export_zone(zone_file)
        self.primaries = {kind: name_servers.primary(kind, self.folder(kind), ZONE, zone_file)
                          for kind in ("knot", "nsd", "bind")}
        self.limits = {}
        self.servers = dict.fromkeys(LIMITS)  # Of each case; see start_limits().
        self.servers["dnsd"] = (self.dnsd.process.popen.pid, self.dnsd.dns[1])
        for name, kind in (("Knot", "knot"), ("NSD", "nsd"), ("BIND", "bind")):
            server = self.primaries[kind]
            wait_until(lambda one=server: one.query("svc-0.file.mesos", "A").answer, f"{name} to serve the zone")
            self.servers[name] = (server.popen.pid, server.port)
        for server in filter(None, self.servers.values()):
            pin(server[0], options.server_core)

    def folder(self, name):
        path = self.directory / name
        path.mkdir()
        return path

    def start_dnsd(self, name, listed):
        file = self.directory / f"{name}.yaml"
        file.write_text(listed)
        return Signpost(self.folder(name), role="dnsd", options={
            "marathon": {"urls": []}, "file": {"path": str(file)},
            "dns": {"transfer_to": ["127.0.0.0/8"], "ttl": "1h", "soa_minimum": "1h"}, "log": {"level": "warn"}})

    def export_zone(self, path):
        """The zone as a file, SOA and all; returns how many records it has."""
        with path.open("w") as file:
            subprocess.run([client("dig", "bind9-dnsutils"), "@127.0.0.1", "-p", str(self.dnsd.dns[1]), "+noall", "+answer",
                            "+onesoa", ZONE, "AXFR"], check=True, stdout=file)
        with path.open() as file:
            return sum(1 for _ in file)

    def memory(self):
        """dnsd's for a record, with the tasks it is made of; the others' as a whole."""
        more = resident_bytes(self.dnsd.process.popen.pid) - self.empty_bytes
        whole = {name: resident_bytes(self.servers[name][0]) for name in ("dnsd", "Knot")}
        sizes = ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in whole.items())
        return f"memory of {self.tasks:,} tasks, {self.records:,} records: dnsd {more / self.records:.0f} bytes each; in all: {sizes}"

    def write_queries(self, pattern):
        path = self.directory / "queries"
        # Not in the order in which the zone was made: 7919 is prime, so all come up.
        count = self.services
        lines = [pattern.format(i=i * 7919 % count) for i in range(count)]
        path.write_text("\n".join(lines) + "\n")
        return path

    def start_limits(self, queries):
        """An echo, one that sends as many octets as dnsd does to these queries, and who knows dnsd's answers by heart."""
        self.stop_limits()
        report = self.load(self.dnsd.dns[1], "udp", queries, seconds=0.5)
        self.limits = {"echo": Limit("dns_echo"),
                       "as long": Limit("dns_echo", report["octets"] // report["replies"]),
                       "by heart": Limit("dns_by_heart", self.dnsd.dns[1], queries)}
        for name, limit in self.limits.items():
            self.servers[name] = (limit.popen.pid, limit.port)
            pin(limit.popen.pid, self.options.server_core)
            self.load(limit.port, "udp", queries, seconds=0.1)  # It is there once it answers.

    def stop_limits(self):
        for limit in self.limits.values():
            limit.stop()

    def load(self, port, transport, queries, seconds):
        return json.loads(subprocess.run(
            ["taskset", "-c", str(self.options.load_core), BUILD / "bench/dns_load", "127.0.0.1", str(port), queries,
             transport, str(seconds), str(self.options.window)],
            check=True, capture_output=True, text=True).stdout)

    def paced(self, server, queries):
        """The answer times of a server at a steady rate."""
        return json.loads(subprocess.run(
            ["taskset", "-c", str(self.options.load_core), BUILD / "bench/dns_paced", "127.0.0.1",
             str(self.servers[server][1]), queries, str(self.options.rate), str(self.options.seconds)],
            check=True, capture_output=True, text=True).stdout)

    def turn(self, server, transport, queries):
        """Answers per CPU second of the server, and the load's own report."""
        pid, port = self.servers[server]
        before = cpu_seconds(pid)
        report = self.load(port, transport, queries, self.options.seconds)
        spent = cpu_seconds(pid) - before
        return report["replies"] / spent, report

    def stop(self):
        self.stop_limits()
        for server in self.primaries.values():
            server.popen.terminate()
            server.popen.wait(30)
        self.dnsd.stop()


class Forwarders(Bench):
    """Servers that ask Knot for what they do not know, and keep it."""

    def __init__(self, primary):  # pylint: disable=super-init-not-called
        self.options, self.report, self.services = primary.options, primary.report, primary.services
        self.directory, self.limits, upstream = primary.folder("forwarding"), {}, primary.primaries["knot"].address
        self.dnsd = Signpost(self.folder("dnsd"), role="dnsd", options={
            "marathon": {"urls": []}, "log": {"level": "warn"},
            "dns": {"mesos_domain": "other", "forward_to": ["{}:{}".format(*upstream)]}})
        self.unbound = Unbound(self.folder("unbound"), ZONE, upstream, verbosity=1)
        self.primaries = {"bind": ForwardingBind(self.folder("bind"), ZONE, upstream)}
        self.servers = {"dnsd": (self.dnsd.process.popen.pid, self.dnsd.dns[1]),
                        "Unbound": (self.unbound.popen.pid, self.unbound.port),
                        "BIND": (self.primaries["bind"].popen.pid, self.primaries["bind"].port)}
        for pid, _ in self.servers.values():
            pin(pid, self.options.server_core)

    def fill(self, case):
        """Asks each for everything once."""
        queries = self.write_queries(CASES[case][1])
        for _, port in self.servers.values():
            self.load(port, "udp", queries, max(1, self.options.seconds))

    def stop(self):
        self.unbound.popen.terminate()
        self.unbound.popen.wait(30)
        super().stop()


def compare(bench, case, names=None):
    """Of each server: the answers per CPU second of each round, and the load's last report."""
    transport, pattern = CASES[case]
    queries = bench.write_queries(pattern)
    names = names or [name for name in bench.servers if transport == "udp" or name not in LIMITS]
    if names[0] in LIMITS:
        bench.start_limits(queries)
    rates, reports = {name: [] for name in names}, {}
    for turn, order in enumerate(results.in_turns(names, bench.options.rounds)):
        for name in order:
            bench.report.progress(f"{case}, round {turn + 1} of {bench.options.rounds}, {name}")
            rate, reports[name] = bench.turn(name, transport, queries)
            rates[name].append(rate / 1000)
    return rates, reports


def primaries(bench, by_size):
    """All that is asked of zones of the usual size."""
    for case, (transport, _) in CASES.items():
        if not is_wanted(case, bench.options):
            continue
        rates, reports = compare(bench, case)
        bench.report.add(Table(case, UNIT, rates, ours="dnsd", more=True, limits=list(LIMITS), gates=GATES[transport],
                               remarks={name: remark(report) for name, report in reports.items()}))
        if case in by_size:
            add_size(by_size[case], bench, rates)


def of_another_size(bench, by_size):
    for case, table in by_size.items():
        if is_wanted(case, bench.options):
            add_size(table, bench, compare(bench, case, [name for name in bench.servers if name not in LIMITS])[0])


def add_size(table, bench, rates):
    table.figures |= {f"{name}, {bench.tasks:,} tasks": rates[name] for name in rates if name not in LIMITS}


def forwarding(primary):
    """Names of others that are asked for again and again."""
    bench = Forwarders(primary)
    try:
        for case in ("A, 3 addresses", "NXDOMAIN"):
            bench.fill(case)
            rates, reports = compare(bench, case)
            bench.report.add(Table(f"forwarding, {case}, kept from before", UNIT, rates, ours="dnsd", more=True,
                                   remarks={name: remark(report) for name, report in reports.items()}))
    finally:
        bench.stop()


def is_wanted(case, options):
    return not options.case or options.case in case


def remark(report):
    octets = f"{report['octets'] / max(1, report['replies']):.0f} octets"
    return octets + (f", {report['lost']} of {report['replies']} lost" if report["lost"] else "")


def latency(bench):
    """At a rate that all of them keep up with."""
    queries = bench.write_queries(CASES["A, 3 addresses"][1])
    bench.start_limits(queries)
    found = {name: [] for name in bench.servers if name != "as long"}
    for turn, order in enumerate(results.in_turns(list(found), bench.options.rounds)):
        for name in order:
            bench.report.progress(f"latency, round {turn + 1} of {bench.options.rounds}, {name}")
            found[name].append(bench.paced(name, queries))
    for what in ("p50", "p99"):
        figures = {name: [report[f"{what}_us"] for report in reports] for name, reports in found.items()}
        lost = {name: sum(report["sent"] - report["replies"] for report in reports) for name, reports in found.items()}
        bench.report.add(Table(f"{what} of A, 3 addresses, at {bench.options.rate:,.0f} a second", "µs", figures, ours="dnsd",
                               limits=list(LIMITS), remarks={name: f"{n} lost" for name, n in lost.items() if n}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each server and case (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn (%(default)s)")
    parser.add_argument("--window", type=int, default=256, help="queries under way at a time (%(default)s)")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--load-core", type=int, default=1)
    parser.add_argument("--tasks", type=int, default=10000, help="of which the zone is made, three a service (%(default)s)")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 100000], help="other zones (%(default)s)")
    parser.add_argument("--rate", type=float, default=20000, help="queries a second for latency (%(default)s)")
    parser.add_argument("--case", help="only cases whose name holds this, or 'latency' or 'forwarding'")
    parser.add_argument("--profile", action="store_true", help="show where the time of dnsd and of an echo goes instead")
    results.add_arguments(parser)
    options = parser.parse_args()
    for kind in ("knot", "nsd", "bind"):
        if why := name_servers.missing(kind):
            sys.exit(f"bench: {why}")
    report = Report("dns")
    by_size = {case: Table(f"{case}, by the size of the zone", UNIT, {}, ours="dnsd", more=True) for case in BY_SIZE}
    for tasks in [options.tasks] if options.profile else sorted({options.tasks, *options.sizes}):
        with tempfile.TemporaryDirectory() as directory:
            report.progress(f"zones of {tasks:,} tasks")
            bench = Bench(Path(directory), tasks, options, report)
            try:
                print(bench.memory())
                if options.profile:
                    profile(bench)
                elif tasks != options.tasks:
                    of_another_size(bench, by_size)
                else:
                    primaries(bench, by_size)
                    others(bench)
            finally:
                bench.stop()
    for table in by_size.values():
        if table.figures and options.sizes:
            report.add(table)
    return report.finish(options)


def profile(bench):
    for case, (transport, pattern) in CASES.items():
        if transport == "udp" and is_wanted(case, bench.options):
            where.show(bench, case, transport, pattern)


def others(bench):
    for name, play in (("latency", latency), ("forwarding", forwarding)):
        if not bench.options.case or bench.options.case in name:
            play(bench)


if __name__ == "__main__":
    sys.exit(main())
