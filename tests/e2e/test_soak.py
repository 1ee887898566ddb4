"""The soak test in its short form; `./dev soak` is the long one."""

import os
import subprocess

import pytest

from support.signpost import BINARY
from support.tools import SOURCE


def test_nothing_fails_or_is_left_over():
    if not (BINARY.parent / "bench/dns_paced").exists():
        pytest.skip("the benchmarks, whose loads it uses, are not built")
    done = subprocess.run(["/usr/bin/python3", SOURCE / "tests/soak/run.py", "--minutes", "0.25", "--rate", "200", "--every", "1"],
                          capture_output=True, text=True, timeout=300, env=os.environ | {"SIGNPOST_BIN": str(BINARY)})
    assert done.returncode == 0, done.stdout + done.stderr
