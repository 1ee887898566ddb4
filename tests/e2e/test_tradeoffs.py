"""The experiment of bench/tradeoffs runs and counts; what it finds depends on the machine."""

import json
import os
import subprocess

from support.signpost import BINARY
from support.tools import SOURCE


def test_the_experiment_runs(tmp_path):
    figures = tmp_path / "figures.json"
    done = subprocess.run(["/usr/bin/python3", SOURCE / "bench/tradeoffs/run.py", "--event", "dies", "--seconds", "2",
                           "--json", figures], capture_output=True, text=True, timeout=120,
                          env=os.environ | {"SIGNPOST_BIN": str(BINARY)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| virtual IP | " in done.stdout
    seen = json.loads(figures.read_text())["an instance dies (SIGKILL)"]
    assert len(seen) == 6
    assert all(client["calls"] > 0 for client in seen.values())
