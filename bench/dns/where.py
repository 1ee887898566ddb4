"""Where does the time of one answer go? perf looks at a server many times a second while it answers.

A sample counts for the system call that it lies in, or else for the part of the program. For an echo there is nothing
but system calls: what dnsd needs beyond it is the table's difference.
"""

import re
import shutil
import signal
import subprocess
import sys
from collections import Counter

from support.tools import wait_until

# Where a sample belongs: the first row of which some frame (of the kernel), or the innermost (of the program), fits.
KERNEL = [("send", r"sendmmsg"), ("receive", r"recvmmsg"), ("wait for datagrams", r"epoll_(wait|pwait)"),
          ("other system calls", r"do_syscall|entry_SYSCALL")]
PROGRAM = [("look up", r"PersistentMap|LookUp|find_all|memcmp"), ("make answers", r"dnsd::|common::|^main|mem(cpy|move|set)|popcount"),
           ("loop", r"^event_|epoll|evmap|min_heap|gettime|timeout_|evutil")]
OTHER = "other"
SERVERS = ("dnsd", "as long", "by heart")
ROWS = [name for name, _ in KERNEL + PROGRAM] + [OTHER]


def record(pid, path, run):
    """Takes samples of a process while run() goes on; returns what that returns."""
    if not shutil.which("perf"):
        sys.exit("bench: perf is missing: apt-get install linux-perf")
    perf = subprocess.Popen(["perf", "record", "-e", "cpu-clock", "-F", "4999", "-g", "-o", path, "-p", str(pid)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: path.exists() and path.stat().st_size > 0, "perf has begun")
        return run()
    finally:
        perf.send_signal(signal.SIGINT)
        perf.wait(60)


def row_of(frames):
    for name, pattern in KERNEL:
        if any(re.search(pattern, symbol) for symbol, where in frames if "kernel" in where):
            return name
    symbol, _ = frames[0]
    return next((name for name, pattern in PROGRAM if re.search(pattern, symbol)), OTHER)


def shares(path):
    """Of all samples, by row."""
    script = subprocess.run(["perf", "script", "-i", path, "-F", "ip,sym,dso"], check=True, capture_output=True, text=True)
    found = Counter()
    for sample in script.stdout.split("\n\n"):
        frames = re.findall(r"^\s*[0-9a-f]+ (.*) \(([^()]*)\)$", sample, re.M)
        if frames:
            found[row_of(frames)] += 1
    assert found, f"{path}: no samples"
    return {row: found[row] / found.total() for row in ROWS}


def show(bench, case, transport, pattern):
    """Of dnsd, of the echo that sends as much, and of who knows dnsd's answers: nanoseconds of CPU an answer."""
    queries = bench.write_queries(pattern)
    bench.start_limits(queries)
    spent = {}
    for server in SERVERS:
        path = bench.directory / f"{server}.perf"
        path.unlink(missing_ok=True)
        rate, _ = record(bench.servers[server][0], path, lambda one=server: bench.turn(one, transport, queries))
        spent[server] = {row: share * 1e9 / rate for row, share in shares(path).items()}
    print(f"\n{case}, ns of CPU an answer, perf's own cost included")
    print_row("", SERVERS)
    for row in ROWS:
        print_row(row, (f"{spent[server][row]:.0f}" for server in SERVERS))
    print_row("all", (f"{sum(spent[server].values()):.0f}" for server in SERVERS))


def print_row(name, cells):
    print(f"  {name:20}" + "".join(f" {cell:>8}" for cell in cells))
