#!/usr/bin/env python3
"""What does one DNS answer cost dnsd, Knot, NSD and a bare echo?

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
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BUILD = SOURCE / "build/release"
os.environ.setdefault("SIGNPOST_BIN", str(BUILD / "signpost"))
sys.path[:0] = [str(SOURCE / "tests/e2e"), str(SOURCE / "bench")]

# pylint: disable=wrong-import-position
import dns.query
import dns.zone
import yaml

from processes import cpu_seconds, pin, resident_bytes
from support import name_servers
from support.signpost import Signpost
from support.tools import free_ports

SERVICES = 2000
ZONE = "mesos"
CASES = {
    # what: transport, query of service i
    "A, 3 addresses": ("udp", "svc-{i}.file.mesos A"),
    "NXDOMAIN": ("udp", "none-{i}.file.mesos A"),
    "SRV, 3 targets with additionals": ("udp", "_sql._svc-{i}._tcp.file.mesos SRV"),
    "A, 70 addresses": ("udp", "seventy.file.mesos A"),
    "A, 3 addresses, reused TCP": ("tcp", "svc-{i}.file.mesos A"),
    "A, 100 addresses, reused TCP": ("tcp", "hundred.file.mesos A"),
}


def services():
    """The file that dnsd follows."""
    def service(number, count):
        return {"ports": [{"port": 5432, "name": "sql"}],
                "endpoints": [f"10.{number >> 8 & 255}.{number & 255}.{1 + i}" for i in range(count)]}

    listed = {f"svc-{i}": service(i, 3) for i in range(SERVICES)}
    listed["seventy"] = service(SERVICES, 70)
    listed["hundred"] = service(SERVICES + 1, 100)
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

    def __init__(self, directory, options):
        self.directory, self.options = directory, options
        empty = self.start_dnsd("empty", {"services": {}})
        self.empty_bytes = resident_bytes(empty.process.popen.pid)
        empty.stop()
        self.dnsd = self.start_dnsd("dnsd", services())
        zone_file = directory / "zone"
        self.records = self.export_zone(zone_file)
        self.knot = name_servers.primary("knot", self.folder("knot"), ZONE, zone_file)
        self.nsd = name_servers.primary("nsd", self.folder("nsd"), ZONE, zone_file)
        self.echoes = {"echo": Echo()}
        self.servers = {
            "echo": (self.echoes["echo"].popen.pid, self.echoes["echo"].port),
            "as long": None,  # An echo that sends as many octets as dnsd; see match_echo().
            "dnsd": (self.dnsd.process.popen.pid, self.dnsd.dns[1]),
            "Knot": (self.knot.popen.pid, self.knot.port),
            "NSD": (self.nsd.popen.pid, self.nsd.port),
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
        # Not in the order in which the zone was made: 7 has no common factor with the count.
        lines = [pattern.format(i=i * 7 % SERVICES) for i in range(SERVICES)]
        path.write_text("\n".join(lines) + "\n")
        return path

    def match_echo(self, pattern):
        """Makes the second echo send what dnsd sends to the queries of a case over UDP."""
        if "as long" in self.echoes:
            self.echoes["as long"].stop()
        report = self.load(self.dnsd.dns[1], "udp", self.write_queries(pattern), seconds=0.1)
        echo = self.echoes["as long"] = Echo(report["octets"] // report["replies"])
        self.servers["as long"] = (echo.popen.pid, echo.port)
        pin(echo.popen.pid, self.options.server_core)

    def load(self, port, transport, queries, seconds):
        return json.loads(subprocess.run(
            ["taskset", "-c", str(self.options.load_core), BUILD / "bench/dns_load", "127.0.0.1", str(port), queries,
             transport, str(seconds), str(self.options.window)],
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
        for server in (self.knot, self.nsd):
            server.popen.terminate()
            server.popen.wait(30)
        self.dnsd.stop()


def compare(bench, transport, pattern, rounds):
    """Per server: the median rate, and the last report."""
    queries = bench.write_queries(pattern)
    names = [name for name in bench.servers if transport == "udp" or name not in ("echo", "as long")]
    if transport == "udp":
        bench.match_echo(pattern)
    rates, reports = {name: [] for name in names}, {}
    for _ in range(rounds):
        for name in names:
            rate, reports[name] = bench.turn(name, transport, queries)
            rates[name].append(rate)
    return {name: (statistics.median(found), min(found), max(found), reports[name]) for name, found in rates.items()}


def show(case, results):
    print(f"\n{case}")
    print(f"  {'':8} {'answers per CPU second':>24} {'least .. most':>22} {'CPU of dnsd to it':>18} {'octets':>7} {'lost':>6}")
    ours = results["dnsd"][0]
    for name, (median, least, most, report) in results.items():
        ratio = "" if name == "dnsd" else f"{median / ours:.2f}"
        octets = report["octets"] / max(1, report["replies"])
        spread = f"{least / 1000:.0f} .. {most / 1000:.0f} k"
        print(f"  {name:8} {median / 1000:>22.0f} k {spread:>22} {ratio:>18} {octets:>7.0f} {report['lost']:>6}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each server and case (%(default)s)")
    parser.add_argument("--seconds", type=float, default=2, help="length of a turn (%(default)s)")
    parser.add_argument("--window", type=int, default=256, help="queries under way at a time (%(default)s)")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--load-core", type=int, default=1)
    parser.add_argument("--case", help="only cases whose name holds this")
    options = parser.parse_args()
    for kind in ("knot", "nsd"):
        if why := name_servers.missing(kind):
            sys.exit(f"bench: {why}")
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(Path(directory), options)
        try:
            print(bench.memory())
            for case, (transport, pattern) in CASES.items():
                if options.case and options.case not in case:
                    continue
                show(case, compare(bench, transport, pattern, options.rounds))
        finally:
            bench.stop()


if __name__ == "__main__":
    main()
