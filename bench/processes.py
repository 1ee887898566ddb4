"""What a process has used, by the kernel's account; children and threads included."""

import os
import re
from pathlib import Path


def threads_of(pid):
    """All threads of a process and of its children, as paths in /proc."""
    threads = list(Path(f"/proc/{pid}/task").iterdir())
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return threads + [thread for child in children for thread in threads_of(int(child))]


def workers_of(pid):
    """The threads that relay: of vipd those whose names say so, of others all."""
    threads = threads_of(pid)
    return [thread for thread in threads if (thread / "comm").read_text().startswith("vipd-")] or threads


def cpu_seconds(pid):
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads_of(pid)) / 1e9


def kernel_seconds(pid):
    """Of the CPU of all its threads, those that ended too, what the kernel had, in ticks of a clock."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(after_name[12]) / os.sysconf("SC_CLK_TCK")


def waits(pid):
    """How often its threads went to sleep because there was nothing to do."""
    texts = ((thread / "status").read_text() for thread in threads_of(pid))
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M)[1]) for text in texts)


def pin(pid, *cores):
    for thread in threads_of(pid):
        os.sched_setaffinity(int(thread.name), cores)


def resident_bytes(pid):
    """Memory that is really there, without what it shares with files."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"process {pid} tells no RssAnon")


def is_traced(thread):
    return "TracerPid:\t0\n" not in (thread / "status").read_text()
