#!/usr/bin/env python3
"""What does one DNS answer cost dnsd, Knot, NSD, BIND and a bare echo?

There are two echoes: one sends back what it gets, the other as many octets as dnsd answers, which is
what the sockets alone cost for such answers.

All serve the same zone, which dnsd gives away by AXFR. Each server runs with one worker on one core,
the load on another, in turns of a few seconds that are repeated; figures are medians of answers per
second of the server's own CPU time, so that who is slowed down by a neighbour of this machine still
compares. Ratios beside them are what counts; they mean something in the release build on a quiet
machine only.
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
import dns.query
import dns.zone
import yaml

import results
import where
from processes import cpu_seconds, pin, resident_bytes
from results import Report, Table
from support import name_servers
from support.signpost import Signpost
from support.tools import free_ports

ZONE = "mesos"
LIMITS = ("echo", "as long")
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


def services(total):
    """The file that dnsd follows."""
    def service(number, count):
        return {"ports": [{"port": 5432, "name": "sql"}],
                "endpoints": [f"10.{number >> 8 & 255}.{number & 255}.{1 + i}" for i in range(count)]}

    listed = {f"svc-{i}": service(i, 3) for i in range(total)}
    listed["seventy"] = service(total, 70)
    listed["hundred"] = service(total + 1, 100)
    return {"services": listed}


class Echo:
    """Sends back what it gets, and no less than so many octets: the price of the sockets alone."""

    def __init__(self, octets=0):
        self.port = free_ports(1)[0]
        self.popen = subprocess.Popen([BUILD / "bench/dns_echo", str(self.port), str(octets)])

    def stop(self):
        self.popen.kill()
        self.popen.wait()


class Bench:
    """The servers, what is asked, and one turn of one of them."""

    def __init__(self, directory, options, report):
        self.directory, self.options, self.report = directory, options, report
        empty = self.start_dnsd("empty", {"services": {}})
        self.empty_bytes = resident_bytes(empty.process.popen.pid)
        empty.stop()
        self.dnsd = self.start_dnsd("dnsd", services(options.services))
        zone_file = directory / "zone"
        self.records = self.export_zone(zone_file)
        self.knot = name_servers.primary("knot", self.folder("knot"), ZONE, zone_file)
        self.nsd = name_servers.primary("nsd", self.folder("nsd"), ZONE, zone_file)
        self.bind = name_servers.primary("bind", self.folder("bind"), ZONE, zone_file)
        self.echoes = {"echo": Echo()}
        self.servers = {
            "echo": (self.echoes["echo"].popen.pid, self.echoes["echo"].port),
            "as long": None,  # An echo that sends as many octets as dnsd; see match_echo().
            "dnsd": (self.dnsd.process.popen.pid, self.dnsd.dns[1]),
            "Knot": (self.knot.popen.pid, self.knot.port),
            "NSD": (self.nsd.popen.pid, self.nsd.port),
            "BIND": (self.bind.popen.pid, self.bind.port),
        }
        for server in filter(None, self.servers.values()):
            pin(server[0], options.server_core)

    def folder(self, name):
        path = self.directory / name
        path.mkdir()
        return path

    def start_dnsd(self, name, listed):
        file = self.directory / f"{name}.yaml"
        file.write_text(yaml.safe_dump(listed))
        return Signpost(self.folder(name), role="dnsd", options={
            "marathon": {"urls": []}, "file": {"path": str(file)},
            "dns": {"transfer_to": ["127.0.0.0/8"]}, "log": {"level": "warn"}})

    def export_zone(self, path):
        """The zone as a file, SOA and all; returns how many records it has."""
        answer = dns.query.xfr("127.0.0.1", ZONE, port=self.dnsd.dns[1], lifetime=60, relativize=False)
        zone = dns.zone.from_xfr(answer, relativize=False)
        zone.to_file(str(path), relativize=False)
        return sum(1 for _ in zone.iterate_rdatas())

    def memory(self):
        """dnsd's for a record, with the tasks it is made of; the others' as a whole."""
        more = resident_bytes(self.dnsd.process.popen.pid) - self.empty_bytes
        whole = {name: resident_bytes(self.servers[name][0]) for name in ("dnsd", "Knot")}
        sizes = ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in whole.items())
        return f"memory of {self.records} records: dnsd {more / self.records:.0f} bytes each; in all: {sizes}"

    def write_queries(self, pattern):
        path = self.directory / "queries"
        # Not in the order in which the zone was made: 7919 is prime, so all come up.
        count = self.options.services
        lines = [pattern.format(i=i * 7919 % count) for i in range(count)]
        path.write_text("\n".join(lines) + "\n")
        return path

    def match_echo(self, pattern):
        """Makes the second echo send what dnsd sends to the queries of a case over UDP."""
        if "as long" in self.echoes:
            self.echoes["as long"].stop()
        report = self.load(self.dnsd.dns[1], "udp", self.write_queries(pattern), seconds=0.5)
        echo = self.echoes["as long"] = Echo(report["octets"] // report["replies"])
        self.servers["as long"] = (echo.popen.pid, echo.port)
        pin(echo.popen.pid, self.options.server_core)

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
        for echo in self.echoes.values():
            echo.stop()
        for server in (self.knot, self.nsd, self.bind):
            server.popen.terminate()
            server.popen.wait(30)
        self.dnsd.stop()


def compare(bench, case, transport, pattern):
    """Adds the answers per CPU second of each server for one case."""
    queries = bench.write_queries(pattern)
    names = [name for name in bench.servers if transport == "udp" or name not in LIMITS]
    if transport == "udp":
        bench.match_echo(pattern)
    rates, reports = {name: [] for name in names}, {}
    for turn in range(bench.options.rounds):
        for name in names:
            bench.report.progress(f"{case}, round {turn + 1} of {bench.options.rounds}, {name}")
            rate, reports[name] = bench.turn(name, transport, queries)
            rates[name].append(rate / 1000)
    bench.report.add(Table(case, "thousand answers per s of CPU", rates, ours="dnsd", more=True, limits=list(LIMITS),
                           gates=GATES[transport], remarks={name: remark(report) for name, report in reports.items()}))


def remark(report):
    octets = f"{report['octets'] / max(1, report['replies']):.0f} octets"
    return octets + (f", {report['lost']} of {report['replies']} lost" if report["lost"] else "")


def latency(bench):
    """At a rate that all of them keep up with."""
    queries = bench.write_queries(CASES["A, 3 addresses"][1])
    found = {name: [] for name in bench.servers if name != "as long"}
    for turn in range(bench.options.rounds):
        for name in found:
            bench.report.progress(f"latency, round {turn + 1} of {bench.options.rounds}, {name}")
            found[name].append(bench.paced(name, queries))
    for what in ("p50", "p99"):
        figures = {name: [report[f"{what}_us"] for report in reports] for name, reports in found.items()}
        lost = {name: sum(report["sent"] - report["replies"] for report in reports) for name, reports in found.items()}
        bench.report.add(Table(f"{what} of A, 3 addresses, at {bench.options.rate:,.0f} a second", "µs", figures, ours="dnsd",
                               limits=list(LIMITS), remarks={name: f"{n} lost" for name, n in lost.items() if n}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each server and case (%(default)s)")
    parser.add_argument("--seconds", type=float, default=2, help="length of a turn (%(default)s)")
    parser.add_argument("--window", type=int, default=256, help="queries under way at a time (%(default)s)")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--load-core", type=int, default=1)
    parser.add_argument("--services", type=int, default=2000, help="of three tasks each (%(default)s)")
    parser.add_argument("--rate", type=float, default=20000, help="queries a second for latency (%(default)s)")
    parser.add_argument("--case", help="only cases whose name holds this, or 'latency'")
    parser.add_argument("--profile", action="store_true", help="show where the time of dnsd and of an echo goes instead")
    results.add_arguments(parser)
    options = parser.parse_args()
    for kind in ("knot", "nsd", "bind"):
        if why := name_servers.missing(kind):
            sys.exit(f"bench: {why}")
    with tempfile.TemporaryDirectory() as directory:
        report = Report("dns")
        bench = Bench(Path(directory), options, report)
        try:
            print(bench.memory())
            for case, (transport, pattern) in CASES.items():
                if options.case and options.case not in case:
                    continue
                if not options.profile:
                    compare(bench, case, transport, pattern)
                elif transport == "udp":
                    where.show(bench, case, transport, pattern)
            if not options.profile and (not options.case or options.case in "latency"):
                latency(bench)
        finally:
            bench.stop()
    return report.finish(options)


if __name__ == "__main__":
    sys.exit(main())
