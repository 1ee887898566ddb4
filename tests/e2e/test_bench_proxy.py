"""bench/proxy runs and prints its tables; what stands in them is nobody's business here."""

import os
import subprocess

import pytest

from support.signpost import BINARY
from support.tools import SOURCE

PROXIES = ("vipd", "HAProxy", "nginx")


@pytest.mark.parametrize("case", ["memory", "short", "kept", "bulk", "latency"])
def test_bench_prints_its_tables(case):
    if not (BINARY.parent / "bench/proxy_load").exists():
        pytest.skip("the benchmarks are not built")
    cores = str(min(os.sched_getaffinity(0))), str(max(os.sched_getaffinity(0)))
    done = subprocess.run(
        ["/usr/bin/python3", SOURCE / "bench/proxy/compare.py", "--case", case, "--rounds", "1", "--seconds", "0.05",
         "--gigabytes", "0.001", "--sessions", "20", "--proxy-core", cores[0], "--load-core", cores[1]],
        capture_output=True, text=True, timeout=120, env=os.environ | {"SIGNPOST_BIN": str(BINARY)})
    if "is missing: apt-get install" in done.stderr:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout + done.stderr
    for proxy in PROXIES:
        assert f"\n  {proxy} " in done.stdout, done.stdout
