"""Some faults of tests/chaos; `./dev chaos` plays all of them."""

import os
import subprocess

import pytest

from support import name_servers
from support.signpost import BINARY
from support.tools import SOURCE


@pytest.mark.parametrize("fault", ["a backend hangs", "an agent is cut off", "a new leader lists nothing", "the orchestrator lies",
                                   "Signpost is killed and started again while", "the disk is full", "the wall clock jumps", "takes 150 ms longer", "no descriptor is left",
                                   "no source port is left to one", "memory is short", "the upstream resolver is cut off",
                                   "a secondary is cut off"])
def test_users_see_no_more_than_they_must(fault):
    if "secondary" in fault and (why := name_servers.missing("knot")):
        pytest.skip(why)
    done = subprocess.run(["/usr/bin/python3", SOURCE / "tests/chaos/run.py", "--fault", fault], capture_output=True, text=True,
                          timeout=200, env=os.environ | {"SIGNPOST_BIN": str(BINARY)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert fault in done.stdout
