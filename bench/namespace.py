"""A network of a benchmark's own, in which an address can be cut off."""

import os
import subprocess
import sys
from pathlib import Path

INSIDE = "SIGNPOST_BENCH_INSIDE"


def enter(*more):
    """Begins the program anew in a network namespace with nothing but a loopback device; more: options of unshare."""
    if os.environ.get(INSIDE):
        return
    os.environ[INSIDE] = "1"
    again = ["sh", "-c", 'ip link set lo up && exec "$0" "$@"', sys.executable, *sys.argv]
    os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child",
                          "--mount-proc", *more, *again])


def cut_off(address):
    """What is sent there goes into a device that leads nowhere. Returns what undoes it."""
    ip("link", "add", "nowhere", "type", "bridge")
    ip("link", "set", "nowhere", "arp", "off", "up")
    Path("/proc/sys/net/ipv4/conf/nowhere/route_localnet").write_text("1")
    ip("route", "add", f"{address}/32", "dev", "nowhere", "table", "local")
    return lambda: ip("link", "del", "nowhere")


def ip(*words):
    subprocess.run(["ip", *words], check=True)
