"""What a benchmark found: tables that are printed as they come, kept as JSON, and compared with another run's.

A ratio is what ours costs for each unit of what the other costs: below 1 is good, whatever the unit says. Turns that
follow each other are alike even on a machine whose neighbours come and go, so it is that of each round which counts,
and the median of these.
"""

import json
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
TOLERANCE = 0.10  # What two runs on one machine may differ by.


@dataclass
class Table:
    title: str
    unit: str
    figures: dict  # By who: one of each round.
    ours: str = "vipd"
    more: bool = False  # Is better, as of answers a second.
    gates: dict = field(default_factory=dict)  # By who: the largest ratio we want; without one, figure.
    limits: list = field(default_factory=list)  # Who only shows what is possible, in the cheapest way there is.
    remarks: dict = field(default_factory=dict)  # By who.
    exact: bool = False  # The figures themselves are the same in another run.

    def median(self, name):
        return statistics.median(self.figures[name])

    def ours_beside(self, name):
        """Our row that another is held against: of the same size, where names end in one, as "Knot, 1,000 tasks"."""
        _, comma, size = name.partition(", ")
        same = self.ours + comma + size
        return same if same in self.figures else self.ours

    def ratios(self, name):
        """Of each round, or of the medians where rounds differ in number; none for ourselves, and without figures."""
        beside = self.ours_beside(name)
        return [] if name == beside or beside not in self.figures else self.quotients(beside, name)

    def quotients(self, one, other):
        """What `one` costs for each unit of what `other` costs."""
        ours, theirs = self.figures[one], self.figures[other]
        if len(ours) != len(theirs):
            ours, theirs = [self.median(one)], [self.median(other)]
        if not all(ours) or not all(theirs):
            return []
        return [b / a if self.more else a / b for a, b in zip(ours, theirs)]

    def ratio(self, name):
        """None where there is none."""
        ratios = self.ratios(name)
        return statistics.median(ratios) if ratios else None

    def floor(self, name):
        """What its gate is held against, of who does nothing but what has to be done; none if unknown."""
        limits = [limit for limit in self.limits if limit in self.figures and limit != name]
        if self.ratio(name) is None:
            return max(map(self.median, limits), default=None)
        found = filter(None, (self.quotients(limit, name) for limit in limits))
        return max(map(statistics.median, found), default=None)

    def compared(self, name):
        """What another run on the same machine should find again: one for each round."""
        return self.figures[name] if self.exact else self.ratios(name)

    def verdict(self, name):
        """Of a gate: what was wanted, and whether it is so; if not, the floor where that is above it."""
        gate = self.gates.get(name)
        if gate is None:
            return ""
        ratio = self.ratio(name)
        held = (self.median(name) if ratio is None else ratio) <= gate
        if held:
            return f"≤ {gate:g} ✓"
        floor = self.floor(name) if name not in self.limits else None
        return f"≤ {gate:g} ✗" + (f" floor {floor:.2f}" if floor is not None and floor > gate else "")

    def rows(self):
        """Name, median, spread, ratio, gate and remark of each, as texts."""
        for name, values in self.figures.items():
            ratio = self.ratio(name)
            spread = f"{number(min(values))} .. {number(max(values))}" if len(values) > 1 else ""
            yield (name, number(self.median(name)), spread, "" if ratio is None else f"{ratio:.2f}", self.verdict(name),
                   self.remarks.get(name, ""))

    def print(self):
        heads = ("", self.unit, "least .. most", self.ours and f"{self.ours} to it", "gate", "")
        print(f"\n{self.title}")
        print("  {:18} {:>24} {:>24} {:>12} {:>18} {}".format(*heads).rstrip())
        for row in self.rows():
            print("  {:18} {:>24} {:>24} {:>12} {:>18} {}".format(*row).rstrip())
        sys.stdout.flush()


def number(value):
    """Three digits that count, and all in front of the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


class Report:
    """The tables of one benchmark."""

    def __init__(self, bench):
        self.bench, self.tables = bench, []

    def add(self, table):
        self.tables.append(table)
        table.print()

    def progress(self, text):
        if sys.stderr.isatty():
            print(f"\r\033[K{self.bench}: {text} …", end="\r", file=sys.stderr, flush=True)

    def finish(self, options):
        """Writes and compares as the command line says; the process's exit status."""
        before = load(self.file_of(options.compare)) if options.compare else None  # Perhaps what is now overwritten.
        if options.json:
            options.json.write_text(json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n")
        return compare(before, self) if before else 0

    def file_of(self, path):
        return path / f"{self.bench}.json" if path.is_dir() else path

    def as_json(self):
        return {"bench": self.bench, "setup": setup(), "tables": [asdict(table) for table in self.tables]}


def in_turn(names, turn):
    """The order of a round; who was first is last in the next, so that nobody always follows the same."""
    first = turn % len(names)
    return names[first:] + names[:first]


def add_arguments(parser):
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--compare", type=Path, metavar="FILE",
                        help="what --json wrote in an earlier run, or a folder of such files: exit with 1 if a ratio "
                             f"is worse by over {TOLERANCE * 100:.0f} %%")


def load(path):
    """A report that was written by --json. Ends the program if it is none."""
    try:
        read = json.loads(path.read_text())
        report = Report(read["bench"])
        known = {one.name for one in fields(Table)}  # It may be of an older version.
        report.tables = [Table(**{key: table[key] for key in known & table.keys()}) for table in read["tables"]]
        report.setup = read["setup"]
        return report
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"{path} holds no figures of an earlier run (see --json): {error}")


def compare(before, now):
    """Prints the ratios of two runs side by side, and figures that are exact; 1 when one is worse, 0 else."""
    earlier = {(table.title, table.unit): table for table in before.tables}  # Of one thing µs and calls may be told.
    marks = []
    print(f"\n{'compared':70} {'before':>8} {'quartiles':>16} {'now':>8} {'quartiles':>16} {'change':>7}")
    for table in now.tables:
        then_table = earlier.get((table.title, table.unit))
        for name in table.figures:
            then = then_table.compared(name) if then_table and name in then_table.figures else []
            is_now = table.compared(name)
            if then and is_now:
                marks.append(print_comparison(f"{table.title}, {name}", then, is_now))
    far, worse = len(marks) - marks.count(""), marks.count("worse")
    print(f"{len(marks)} compared, {far} of them over {TOLERANCE * 100:.0f} % from before, {worse} worse")
    return 1 if worse else 0


def print_comparison(what, then, is_now):
    """Returns the mark: none within the tolerance."""
    change = statistics.median(is_now) / statistics.median(then) - 1
    mark = "" if abs(change) <= TOLERANCE else "worse" if change > 0 else "better"
    print(f"{what:70} {number(statistics.median(then)):>8} {quartiles(then):>16} {number(statistics.median(is_now)):>8} "
          f"{quartiles(is_now):>16} {change * 100:>+6.0f}% {mark}".rstrip())
    return mark


def quartiles(values):
    """What half of the rounds lie between."""
    if len(values) < 2:
        return ""
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{number(low)} .. {number(high)}"


# --- where it was measured


def setup():
    """What decides about the figures beside the code."""
    return {"date": time.strftime("%Y-%m-%d"), "processor": processor(), "cores": cores(),
            "kernel": platform.release(), "commit": said("git", "-C", str(SOURCE), "describe", "--always", "--dirty"),
            "peers": {name: version for name, version in ((n, package(n)) for n in PEERS) if version}}


PEERS = ("knot", "nsd", "bind9", "haproxy", "nginx")


def processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def cores():
    return Path("/proc/cpuinfo").read_text().count("processor\t")


def package(name):
    return said("dpkg-query", "-W", "-f", "${Version}", name)


def said(*command):
    """The first line of what a command prints, or nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except OSError:
        return ""
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else ""
