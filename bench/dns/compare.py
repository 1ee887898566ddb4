#!/usr/bin/env python3
"""What does one DNS answer cost dnsd, Knot, NSD, BIND, and who does less than any name server?

Three others show what is possible. Two are echoes: one sends back what it gets, the other as many
octets as dnsd answers, which is what the sockets alone cost for such answers. The third has learned
dnsd's answers by heart: one look-up of the whole question, and a copy.

All serve the same zone, which dnsd gives away by AXFR. Each server runs with one worker on one core,
the load on another, in short turns; figures are medians of answers per second of the server's own
CPU time, so that who is slowed down by a neighbour of this machine still compares. A round is one
turn of everybody in every case: so the turns of a case are spread over the whole run, and what the
machine does for a minute is not the luck of one case. Ratios beside the figures are what counts;
they mean something in the release build on a quiet machine only.

Some questions are put to smaller and larger zones, too. dnsd, Unbound and BIND also forward to one
of the others, and answer what they keep of it.
"""

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
os.environ.setdefault("SIGNPOST_BIN", str(SOURCE / "build/release/signpost"))
sys.path[:0] = [str(SOURCE / "tests/e2e"), str(SOURCE / "bench")]

# pylint: disable=wrong-import-position
import results
import where
from results import Report, Table
from servers import LIMITS, Bench, Forwarders
from support import name_servers

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
FORWARDED = ("A, 3 addresses", "NXDOMAIN")
UNIT = "thousand answers per s of CPU"


class Contest:
    """One case that is put to some servers of a bench, a turn of each in each round."""

    def __init__(self, bench, case, names):
        self.bench, self.case, self.names = bench, case, names
        self.transport, pattern = CASES[case]
        self.queries = bench.write_queries(pattern)
        self.rates, self.reports = {name: [] for name in names}, {}

    def play(self, turn, progress):
        if set(LIMITS) & set(self.names):
            self.bench.start_limits(self.queries)
        for name in results.in_turn(self.names, turn):
            progress(f"{self.case}, {self.bench.tasks:,} tasks, {name}")
            rate, self.reports[name] = self.bench.turn(name, self.transport, self.queries)
            self.rates[name].append(rate / 1000)

    def table(self, title, **more):
        return Table(title, UNIT, self.rates, ours="dnsd", more=True,
                     remarks={name: remark(report) for name, report in self.reports.items()}, **more)

    def tables(self):
        return [self.table(self.case, limits=list(LIMITS), gates=GATES[self.transport])]


class OfAnotherSize(Contest):
    """A zone that is not the usual one: by_size() has its figures."""

    def tables(self):
        return []


class Forwarding(Contest):
    """Names of others that are asked for again and again."""

    def __init__(self, bench, case):
        super().__init__(bench, case, list(bench.servers))
        bench.fill(self.queries)

    def tables(self):
        return [self.table(f"forwarding, {self.case}, kept from before")]


class Latency:
    """At a rate that all of them keep up with."""

    CASE = "A, 3 addresses"

    def __init__(self, bench):
        self.bench, self.names = bench, [name for name in bench.servers if name not in LIMITS[1:]]
        self.queries = bench.write_queries(CASES[self.CASE][1])
        self.found = {name: [] for name in self.names}

    def play(self, turn, progress):
        self.bench.start_limits(self.queries)
        for name in results.in_turn(self.names, turn):
            progress(f"latency, {name}")
            self.found[name].append(self.bench.paced(name, self.queries))

    def tables(self):
        lost = {name: sum(report["sent"] - report["replies"] for report in reports) for name, reports in self.found.items()}
        remarks = {name: f"{count} lost" for name, count in lost.items() if count}
        return [Table(f"{what} of {self.CASE}, at {self.bench.options.rate:,.0f} a second", "µs",
                      {name: [report[f"{what}_us"] for report in reports] for name, reports in self.found.items()},
                      ours="dnsd", limits=list(LIMITS), remarks=remarks) for what in ("p50", "p99")]


def contests_of(benches, options, stack):
    """All that is asked, in the order of the tables. `benches` by the tasks of their zones."""
    def without_limits(bench):
        return [name for name in bench.servers if name not in LIMITS]

    usual = benches[options.tasks]
    for case, (transport, _) in CASES.items():
        if is_wanted(case, options):
            yield Contest(usual, case, list(usual.servers) if transport == "udp" else without_limits(usual))
    if is_wanted("latency", options):
        yield Latency(usual)
    if is_wanted("forwarding", options):
        forwarders = Forwarders(usual)
        stack.callback(forwarders.stop)
        for case in FORWARDED:
            yield Forwarding(forwarders, case)
    for bench in benches.values():
        for case in BY_SIZE if bench is not usual else ():
            if is_wanted(case, options):
                yield OfAnotherSize(bench, case, without_limits(bench))


def by_size(contests):
    """A table of each case that was put to zones of several sizes."""
    for case in BY_SIZE:
        asked = [one for one in contests if type(one) in (Contest, OfAnotherSize) and one.case == case]
        figures = {f"{name}, {one.bench.tasks:,} tasks": rates for one in sorted(asked, key=lambda one: one.bench.tasks)
                   for name, rates in one.rates.items() if name not in LIMITS}
        if len(asked) > 1:
            yield Table(f"{case}, by the size of the zone", UNIT, figures, ours="dnsd", more=True)


def is_wanted(what, options):
    return not options.case or options.case in what


def remark(report):
    octets = f"{report['octets'] / max(1, report['replies']):.0f} octets"
    return octets + (f", {report['lost']} of {report['replies']} lost" if report["lost"] else "")


def profile(bench):
    for case, (transport, pattern) in CASES.items():
        if transport == "udp" and is_wanted(case, bench.options):
            where.show(bench, case, transport, pattern)


def play(contests, rounds, report):
    for turn in range(rounds):
        for contest in contests:
            contest.play(turn, lambda text, now=turn: report.progress(f"round {now + 1} of {rounds}, {text}"))
    for contest in contests:
        for table in contest.tables():
            report.add(table)
    for table in by_size(contests):
        report.add(table)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11, help="turns of each server and case (%(default)s)")
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
    return parser.parse_args()


def main():
    options = parse_arguments()
    for kind in ("knot", "nsd", "bind"):
        if why := name_servers.missing(kind):
            sys.exit(f"bench: {why}")
    report = Report("dns")
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        benches = {}
        for tasks in [options.tasks] if options.profile else sorted({options.tasks, *options.sizes}):
            report.progress(f"zones of {tasks:,} tasks")
            benches[tasks] = Bench(Path(directory) / str(tasks), tasks, options)
            stack.callback(benches[tasks].stop)
            print(benches[tasks].memory(), flush=True)
        if options.profile:
            profile(benches[options.tasks])
            return 0
        play(list(contests_of(benches, options, stack)), options.rounds, report)
    return report.finish(options)


if __name__ == "__main__":
    sys.exit(main())
