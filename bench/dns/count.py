#!/usr/bin/env python3
"""How many instructions does one answer take, sockets aside?

valgrind counts those of respond() and of prefetch(), whatever else runs on the machine: the figure is
the same in each run, so that a small change shows. It does not see how long memory takes.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / "build/release/bench/dns_respond"
CASES = ["a_hit", "srv_hit", "no_such_type", "no_such_name"]
ANSWERS = 10_000


def instructions(case, folder):
    """Of all answers, and in which function the most are spent."""
    profile = Path(folder) / case
    run = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", "--collect-atstart=no",
         "--toggle-collect=dnsd::respond(*", "--toggle-collect=dnsd::prefetch(*",
         PROGRAM, f"--answers={ANSWERS}", f"--benchmark_filter=^{case}/"],
        check=True, capture_output=True, text=True)
    listed = subprocess.run(["callgrind_annotate", profile], check=True, capture_output=True, text=True).stdout
    functions = re.findall(r"^ *([\d,]+) \(.*?\)  [^:]*:(.*?) \[", listed, re.M)
    return int(re.search(r"Collected : (\d+)", run.stderr)[1]), functions


def main():
    if not shutil.which("valgrind"):
        sys.exit("bench: valgrind is missing: apt-get install valgrind")
    explain = sys.argv[1:] == ["--explain"]
    print("instructions an answer")
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            total, functions = instructions(case, folder)
            print(f"  {case:14} {total / ANSWERS:>8.0f}")
            for amount, name in functions[:12] if explain else ():
                print(f"  {'':14} {int(amount.replace(',', '')) / ANSWERS:>8.0f}  {name[:90]}")


if __name__ == "__main__":
    main()
