#!/usr/bin/env python3
"""Makes faults happen to a small cluster under load, and tells what users saw of each.

Forty clients of a virtual IP and four of DNS call without a pause and try nothing twice; where a resolver is part of it,
some ask for names elsewhere, too. A fault that they must not notice fails the run when they do; every fault must be over
for them once its cause is.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
os.environ.setdefault("SIGNPOST_BIN", str(SOURCE / "build/release/signpost"))
sys.path[:0] = [str(SOURCE / "tests/chaos"), str(SOURCE / "tests/e2e"), str(SOURCE / "bench")]

# pylint: disable=wrong-import-position
import faults
import namespace
from support import name_servers
from world import World

NOTABLE = 1.0  # Seconds to wait for an answer.
BEGIN, END = "<!-- what was seen: ./dev chaos --write -->", "<!-- end -->"


def play(directory, fault, sanitized):
    """Returns the row of the table. Clients that are not listed must not have seen a failure."""
    name, seconds, clients, takes_along, make, surroundings = fault
    print(f"{name} …", file=sys.stderr, flush=True)
    world = World(directory, sanitized, **surroundings)
    try:
        begun = time.monotonic()
        steps = make(world)
        next(steps)
        happened = time.monotonic()
        time.sleep(max(0.0, begun + seconds - time.monotonic()))
        remark = next(steps, None)
        mended = time.monotonic()
        world.wait_well()
        assert next(steps, None) is None
        calls = {who: client.since(begun) for who, client in world.clients.items()}
    except BaseException:
        print(world.signpost.process.output()[-4000:], file=sys.stderr)
        raise
    finally:
        status = world.stop()
    assert status == 0, f"{name}: Signpost ended with status {status}:\n{world.signpost.process.output()[-8000:]}"
    seen = {who: [call for call in made if call[2]] for who, made in calls.items()}
    for who, failed in seen.items():
        unexcused = [(round(call[0] - begun, 2), call[2]) for call in failed if not (takes_along and call[0] <= happened)]
        assert who in clients or not unexcused, f"{name}: clients of {who} saw {unexcused}"
    told = {who: said(made, begun) for who, made in calls.items()}
    names = [told["DNS"], *(f"{who}: {told[who]}" for who in told if who not in ("VIP", "DNS"))]
    return [name, told["VIP"], "; ".join(names), "; ".join(filter(None, [recovery(seen, mended), remark])) or "–"]


def said(calls, begun):
    failed = [call for call in calls if call[2]]
    if not failed:
        slowest = max((end - begin for begin, end, _ in calls), default=0.0)
        return f"nothing; the slowest waited {slowest:.1f} s" if slowest >= NOTABLE else "nothing"
    reasons = ", ".join(sorted({problem for _, _, problem in failed}))
    return f"{len(failed)} of {len(calls)} failed ({reasons}), the last begun {max(0.0, max(begin for begin, _, _ in failed) - begun):.1f} s into it"


def recovery(seen, mended):
    """Seconds from the end of the cause to the beginning of the last call that failed: how long it takes is the client's affair."""
    begins = [begin - mended for failed in seen.values() for begin, _, _ in failed]
    return f"{max(0.0, max(begins)):.1f} s" if begins else ""


def table(rows):
    heads = ["fault", "clients of the VIP saw", "clients of DNS saw", "after its end"]
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, ["---"] * len(heads), *rows])


def write(rows):
    page = SOURCE / "docs/faults.md"
    block = f"{BEGIN}\n{table(rows)}\n{END}"
    page.write_text(re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: block, page.read_text(), flags=re.S))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fault", default="", help="only faults whose text holds this")
    parser.add_argument("--write", action="store_true", help="put the table into docs/faults.md")
    parser.add_argument("--sanitized", action="store_true", help="that SIGNPOST_BIN is")
    options = parser.parse_args()
    namespace.enter("--mount")
    rows = []
    for fault in faults.FAULTS:
        if options.fault not in fault[0]:
            continue
        if options.sanitized and "bad_host" in fault[-1]:
            continue  # A sanitizer has to be the first library.
        if "secondary" in fault[-1] and (why := name_servers.missing("knot")):
            print(f"{fault[0]}: left out, {why}", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as directory:
            rows.append(play(Path(directory), fault, options.sanitized))
    print(table(rows))
    if options.write:
        write(rows)


if __name__ == "__main__":
    main()
