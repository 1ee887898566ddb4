"""The benchmarks run and print their tables; what stands in them is nobody's business here."""

import json
import os
import shutil
import subprocess

import pytest

from support.signpost import BINARY
from support.tools import SOURCE

CORES = str(min(os.sched_getaffinity(0))), str(max(os.sched_getaffinity(0)))


def bench(script, *arguments):
    """What it printed."""
    if not (BINARY.parent / "bench/proxy_load").exists():
        pytest.skip("the benchmarks are not built")
    done = subprocess.run(["/usr/bin/python3", SOURCE / "bench" / script, *arguments], capture_output=True, text=True,
                          timeout=600, env=os.environ | {"SIGNPOST_BIN": str(BINARY)})
    if "is missing: apt-get install" in done.stderr:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("case", ["memory", "short", "vips", "kept", "bulk", "latency", "slow", "udp"])
def test_proxies_are_compared(case):
    printed = bench("proxy/compare.py", "--case", case, "--rounds", "1", "--seconds", "0.05", "--gigabytes", "0.001",
                    "--sessions", "20", "--slow", "20", "--vips", "1", "10", "--proxy-core", CORES[0], "--load-core", CORES[1])
    for proxy in ("vipd", "nginx") if case == "udp" else ("vipd", "HAProxy", "nginx"):
        assert f"\n  {proxy}{', 10 VIPs' if case == 'vips' else ''} " in printed, printed


def test_name_servers_are_compared():
    printed = bench("dns/compare.py", "--rounds", "1", "--seconds", "0.05", "--tasks", "60", "--sizes", "30",
                    "--rate", "500",
                    "--server-core", CORES[0], "--load-core", CORES[1])
    for server in ("dnsd", "Knot", "NSD", "BIND", "echo", "by heart", "Unbound", "dnsd, 30 tasks", "BIND, 60 tasks"):
        assert f"\n  {server} " in printed, printed


def test_instructions_are_counted():
    printed = bench("count.py", "--requests", "20", "--case", "kept")
    for row in ("bare relay", "vipd", "HAProxy", "nginx"):
        assert f"\n  {row} " in printed, printed


def test_updates_are_timed():
    printed = bench("update/run.py", "--tasks", "100", "--events", "4", "--rounds", "1", "--storm", "50", "--rate", "50",
                    "--server-core", CORES[0], "--load-core", CORES[1])
    assert "p99 from the event to DNS, a task comes" in printed


def test_failures_are_counted():
    printed = bench("failover/run.py", "--event", "killed", "--rounds", "1", "--seconds", "1", "--rate", "40")
    assert "a backend is killed: failed requests" in printed


# --- what is made of the figures


@pytest.fixture
def figures(tmp_path):
    """A report of a benchmark, as --json writes it."""
    def write(name, ours):
        table = {"title": "a request", "unit": "µs", "figures": {"vipd": [ours], "HAProxy": [4, 5, 6]}, "ours": "vipd",
                 "more": False, "gates": {"HAProxy": 0.9}, "limits": [], "remarks": {"HAProxy": "2.6"}}
        setup = {"date": "2026-01-01", "processor": "one", "cores": 2, "kernel": "6.1", "commit": "abc", "peers": {}}
        path = tmp_path / name
        calls = table | {"unit": "system calls", "figures": {"vipd": [13], "HAProxy": [19]}}  # Of the same thing.
        path.write_text(json.dumps({"bench": "proxy", "setup": setup, "tables": [table, calls]}))
        return path

    return write


def in_results(code, *arguments):
    return subprocess.run(["/usr/bin/python3", "-c", code, *map(str, arguments)], cwd=SOURCE / "bench", text=True,
                          capture_output=True, timeout=60)


COMPARE = """
import pathlib, sys, results
before, now = (results.load(pathlib.Path(path)) for path in sys.argv[1:])
sys.exit(results.compare(before, now))
"""


@pytest.mark.parametrize("ours, status", [(4.0, 0), (4.3, 0), (4.6, 1), (3.0, 0)])
def test_a_ratio_that_got_worse_is_told(figures, ours, status):
    done = in_results(COMPARE, figures("before", 4.0), figures("now", ours))
    assert done.returncode == status, done.stdout + done.stderr
    assert f"2 compared, {int(ours != 4.0 and ours != 4.3)} of them over 10 % from before, {status} worse" in done.stdout


def test_ratios_are_those_of_each_round_and_of_one_size():
    done = in_results("""
import results
table = results.Table("", "", {"vipd": [1, 10, 2], "nginx": [2, 20, 1], "vipd, 9 VIPs": [3], "nginx, 9 VIPs": [6],
                               "HAProxy, splice": [2, 20, 4]})
print([table.ratio(name) for name in table.figures])
table.exact = True
print([table.compared(name) for name in ("vipd", "nginx")])
print([results.in_turn(["a", "b", "c"], turn) for turn in range(4)])
""")
    assert done.stdout.splitlines() == ["[None, 0.5, None, 0.5, 0.5]", "[[1, 10, 2], [2, 20, 1]]",
                                        "[['a', 'b', 'c'], ['b', 'c', 'a'], ['c', 'a', 'b'], ['a', 'b', 'c']]"], done.stderr


def test_a_gate_that_is_missed_shows_the_floor():
    done = in_results("""
import results
table = results.Table("", "", {"vipd": [6], "bare": [5], "HAProxy": [10], "nginx": [5]}, limits=["bare"],
                      gates={"HAProxy": 0.4, "nginx": 1.1, "bare": 1.1})
print([table.verdict(name) for name in table.figures])
table.gates["HAProxy"] = 0.6
print(table.verdict("HAProxy"))
table.gates["vipd"] = 4
print(table.verdict("vipd"))
table.figures["bare"] = [1]
print(table.verdict("nginx"))
print(table.verdict("vipd"))
""")
    assert done.stdout.splitlines() == ["['', '≤ 1.1 ✗', '≤ 0.4 ✗ floor 0.50', '≤ 1.1 ✗']", "≤ 0.6 ✓", "≤ 4 ✗ floor 5.00",
                                        "≤ 1.1 ✗", "≤ 4 ✗"], done.stderr


def test_a_file_without_figures_is_told(figures, tmp_path):
    (tmp_path / "none").write_text("{}")
    done = in_results(COMPARE, tmp_path / "none", figures("now", 1))
    assert done.returncode == 1
    assert "holds no figures of an earlier run" in done.stderr


def test_the_page_is_made_of_the_figures(figures, tmp_path):
    shutil.copy(SOURCE / "docs/benchmarks.md", tmp_path)
    done = subprocess.run(["/usr/bin/python3", SOURCE / "bench/page.py", figures("proxy.json", 4.0), "--docs", tmp_path],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "| HAProxy | 5.00 | 4.00 .. 6.00 | 0.80 | ≤ 0.9 ✓ | 2.6 |" in (tmp_path / "benchmarks.md").read_text()
    assert "<svg" in (tmp_path / "benchmarks-proxy.svg").read_text()
