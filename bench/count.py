#!/usr/bin/env python3
"""How many instructions does one DNS answer take, and one relayed request?

valgrind counts them, whatever else runs on the machine: the figures are nearly the same in each run,
so that a small change shows. The kernel's are not seen, nor how long memory takes.

An answer is a Query, LookUp and respond(), sockets aside. A request is all that a proxy does between
its system calls while one client asks, waits for the answer, and asks again, so that every event
comes alone; of twice as many requests the surplus counts, which leaves out what happens once. What
vipd's other threads do is not its worker's.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(SOURCE / "bench"), str(SOURCE / "bench/proxy")]

# pylint: disable=wrong-import-position
import compare
import results
from results import Report, Table
from support.proxies import Process
from support.signpost import without_net_admin
from support.tools import wait_until

ANSWERS = {"A, 3 addresses": "a_hit", "SRV, 3 targets": "srv_hit", "no such type": "no_such_type", "NXDOMAIN": "no_such_name"}
UNIT = "instructions"
PATIENCE = 200  # Seconds: what is counted is many times slower.


def callgrind(profile, *functions):
    """The command that counts what runs inside of these functions, or all."""
    inside = [f"--toggle-collect={function}" for function in functions]
    return ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={profile}",
            f"--collect-atstart={'no' if functions else 'yes'}", *inside]


def read(profile):
    """Instructions by function."""
    listed = subprocess.run(["callgrind_annotate", "--threshold=100", profile], check=True, capture_output=True,
                            text=True).stdout
    rows = re.findall(r"^ *([\d,]+) \(.*?\)  [^:\n]*:(.*?)(?: \[.*)?$", listed, re.M)
    return Counter({name: int(amount.replace(",", "")) for amount, name in rows})


def explain(title, each):
    print(f"\n{title}, by function")
    for name, amount in each.most_common(25):
        print(f"  {amount:>8.0f}  {name[:100]}")


# --- one answer


def answer(case, options, folder):
    profile = folder / case
    parts = ("dnsd::Query::Query(*", "dnsd::LookUp::find(*", "dnsd::respond(*")
    subprocess.run([*callgrind(profile, *parts), compare.BUILD / "bench/dns_respond",
                    f"--answers={options.answers}", f"--benchmark_filter=^{case}/"], check=True, capture_output=True)
    return Counter({name: amount / options.answers for name, amount in read(profile).items()})


def answers(titles, options, report, folder):
    figures = {}
    for title in titles:
        report.progress(title)
        each = answer(ANSWERS[title], options, folder)
        figures[title] = [round(each.total())]
        if options.explain:
            explain(title, each)
    report.add(Table("one DNS answer, without sockets", UNIT, figures, ours="", exact=True))


# --- one request


class Relay(compare.BareRelay):
    patience = PATIENCE

    def command(self, *arguments):
        return [*callgrind(self.profile), *super().command(*arguments)]


class Peer:
    """Before the class of a proxy that has one thread."""
    patience = PATIENCE

    def start(self, directory, config, *command):
        super().start(directory, config, *callgrind(self.profile), *command)

    def stop(self):
        """nginx overlooks a signal that comes just before it sleeps."""
        wait_until(self.has_ended, f"{self.name} to end", self.patience)
        super().stop()

    def has_ended(self):
        self.process.terminate()
        return self.process.poll() is not None


class HAProxy(Peer, compare.OurHAProxy):
    pass


class Nginx(Peer, compare.OurNginx):
    pass


class Worker:
    """Before the class of a vipd."""
    patience = PATIENCE

    def begin(self, log):
        inside = [*without_net_admin(), *callgrind(self.profile, "vipd::Worker::run(*")]
        return Process(["vipd", "-c", self.config], self.directory / log, prefix=inside)

    def stop(self):
        self.process.popen.terminate()
        self.process.popen.wait(PATIENCE)
        super().stop()


class Vipd(Worker, compare.OurVipd):
    pass


class DatagramVipd(Worker, compare.DatagramVipd):
    pass


class DatagramNginx(Peer, compare.DatagramNginx):
    pass


STREAMS = (compare.Direct, "proxy_load", (Relay, Vipd, HAProxy, Nginx))
DATAGRAMS = (compare.Echo, "proxy_datagrams", (DatagramVipd, DatagramNginx))
REQUESTS = {"request on a kept connection": (STREAMS, compare.ONE),
            "short connection": (STREAMS, compare.ONE | compare.SHORT),
            "datagram and its echo": (DATAGRAMS, compare.ALONE)}


def relayed(kind, backend, folder, program, plan):
    """What so many requests took, by function; all on one core, so that nothing happens at once."""
    with tempfile.TemporaryDirectory(dir=folder) as directory:
        kind.profile = Path(directory) / "profile"
        proxy = kind(Path(directory), backend)
        try:
            load = subprocess.run([compare.BUILD / "bench" / program, *map(str, proxy.address),
                                   *(f"{key}={value}" for key, value in plan.items())],
                                  check=True, capture_output=True, text=True)
        finally:
            proxy.stop()
        report = json.loads(load.stdout)
        assert report["failed"] == 0 and report["answered"] == plan["requests"], f"{kind.name}: {report}"
        return read(kind.profile)


def requests(title, options, report, folder):
    (backend_kind, program, kinds), plan = REQUESTS[title]
    backend = backend_kind(folder)
    figures = {}
    try:
        for kind in kinds:
            report.progress(f"{title}, {kind.name}")
            few, many = (relayed(kind, backend.address[1], folder, program,
                                 plan | {"seconds": 600, "requests": options.requests * times}) for times in (1, 2))
            many.subtract(few)
            each = Counter({name: amount / options.requests for name, amount in many.items()})
            figures[kind.name] = [round(each.total())]
            if options.explain:
                explain(f"{title}, {kind.name}", each)
    finally:
        backend.stop()
    report.add(Table(title, UNIT, figures, limits=list(compare.LIMITS), exact=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=10000, help="of each kind (%(default)s)")
    parser.add_argument("--requests", type=int, default=2000, help="of each kind, and twice as many (%(default)s)")
    parser.add_argument("--case", default="", help="only what holds this, of " +
                        ", ".join(f"'{title}'" for title in (*ANSWERS, *REQUESTS)))
    parser.add_argument("--explain", action="store_true", help="show in which functions")
    results.add_arguments(parser)
    options = parser.parse_args()
    if not shutil.which("valgrind"):
        sys.exit("bench: valgrind is missing: apt-get install valgrind")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    report = Report("count")
    with tempfile.TemporaryDirectory() as directory:
        if titles := [title for title in ANSWERS if options.case in title]:
            answers(titles, options, report, Path(directory))
        for title in REQUESTS:
            if options.case in title:
                requests(title, options, report, Path(directory))
    return report.finish(options)


if __name__ == "__main__":
    sys.exit(main())
