"""What a process has used, by the kernel's account; children and threads included."""

import os
import re
from pathlib import Path


def threads_of(pid):
    """All threads of a process and of its children, as paths in /proc."""
    threads = list(Path(f"/proc/{pid}/task").iterdir())
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return threads + [thread for child in children for thread in threads_of(int(child))]


def cpu_seconds(pid):
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads_of(pid)) / 1e9


def waits(pid):
    """How often its threads went to sleep because there was nothing to do."""
    texts = ((thread / "status").read_text() for thread in threads_of(pid))
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M)[1]) for text in texts)


def pin(pid, core):
    for thread in threads_of(pid):
        os.sched_setaffinity(int(thread.name), {core})


def resident_bytes(pid):
    """Memory that is really there, without what it shares with files."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"process {pid} tells no RssAnon")


def is_traced(pid):
    """Whether a tracer has all of its threads."""
    return all("TracerPid:\t0\n" not in (thread / "status").read_text() for thread in threads_of(pid))
