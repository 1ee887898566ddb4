#!/usr/bin/env python3
"""What do clients of vipd, HAProxy and nginx see when one of three backends fails?

Each proxy has three backends and, where it can, checks them by HTTP once a second, out after two failures and back
after two successes. Clients make a connection for each request, at a steady rate, and try nothing twice. Then one backend is
killed, hangs (SIGSTOP: its kernel still takes connections), or its host is cut off. Counted is what failed and for
how long, and how long the slowest answer took. All of it happens in a network namespace of its own.
"""

import argparse
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
os.environ.setdefault("SIGNPOST_BIN", str(SOURCE / "build/release/signpost"))
BUILD = Path(os.environ["SIGNPOST_BIN"]).resolve().parent
sys.path[:0] = [str(SOURCE / "tests/e2e"), str(SOURCE / "tests/support"), str(SOURCE / "bench")]

# pylint: disable=wrong-import-position
import namespace
import results
from load import turns
from results import Report, Table
from support.proxies import Check, HAProxy, Nginx, Vipd
from support.tools import free_ports, wait_until

ADDRESSES = ["127.1.0.1", "127.1.0.2", "127.1.0.3"]
PORT = 9000
TIMEOUT = 2.0  # Seconds that a client waits.


class OurVipd(Vipd):
    def __init__(self, directory):
        super().__init__(directory, ADDRESSES, check=Check(PORT))
        self.wait_backends("passing", len(ADDRESSES))

    def services(self, states):
        return {"scenario": {"ports": [{"port": 1, "vip": f"/scenario:{self.port}"}],
                             "labels": {"SIGNPOST_CHECK": "http / interval=1s timeout=1s rise=2 fall=2"},
                             "endpoints": [{"address": address, "ports": [PORT]} for address in states]}}


class OurHAProxy(HAProxy):
    def __init__(self, directory):
        self.address = ("127.0.0.1", *free_ports(1))
        servers = "\n".join(f"  server s{address} {address}:{PORT}" for address in ADDRESSES)
        self.run(directory, f"""
defaults
  mode tcp
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout check 1s
  option httpchk GET /
  option redispatch 1
  retries 3
listen all
  bind 127.0.0.1:{self.address[1]}
  balance roundrobin
  default-server check inter 1s fall 2 rise 2
{servers}
""")


class OurNginx(Nginx):
    """It has no checks; who fails is left alone for 10 s."""

    def __init__(self, directory):
        self.address = ("127.0.0.1", *free_ports(1))
        servers = "".join(f"server {address}:{PORT}; " for address in ADDRESSES)
        self.run(directory, f"""
load_module {self.module()};
daemon off; master_process off;
pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 4096; }}
stream {{
  upstream all {{ {servers} }}
  server {{
    listen 127.0.0.1:{self.address[1]};
    proxy_connect_timeout 2s;
    proxy_pass all;
  }}
}}
""")


class Backends:
    """Three processes, each at an address of its own."""

    def __init__(self):
        self.running = {address: self.start(address) for address in ADDRESSES}

    def start(self, address):
        return subprocess.Popen([BUILD / "bench/proxy_backend", str(PORT), address])

    def kill(self):
        self.running[ADDRESSES[0]].kill()
        self.running[ADDRESSES[0]].wait()

    def hang(self):
        self.running[ADDRESSES[0]].send_signal(signal.SIGSTOP)

    def cut(self):
        self.undo = namespace.cut_off(ADDRESSES[0])

    def stop(self):
        if undo := self.__dict__.pop("undo", None):
            undo()
        for process in self.running.values():
            process.kill()
            process.wait()


EVENTS = {"killed": Backends.kill, "hung (SIGSTOP)": Backends.hang, "cut off": Backends.cut}
REQUEST = struct.pack("=III", 128, 64, 1).ljust(128, b"\0")  # bench/proxy/request.h: closes after 64 octets.


class Clients:
    """Threads that each ask at a steady rate."""

    def __init__(self, address, rate, threads=128):
        self.address, self.pause = address, threads / rate
        self.stopped, self.lock, self.calls = threading.Event(), threading.Lock(), []
        self.threads = [threading.Thread(target=self.run, args=(i / threads,), daemon=True) for i in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self, part):
        for _ in turns(self.stopped, self.pause, first=part * self.pause):
            begun = time.monotonic()
            good = self.call()
            with self.lock:
                self.calls.append((begun, time.monotonic(), good))

    def call(self):
        try:
            with socket.create_connection(self.address, timeout=TIMEOUT) as one:
                one.settimeout(TIMEOUT)
                one.sendall(REQUEST)
                return len(b"".join(iter(lambda: one.recv(4096), b""))) == 64
        except OSError:
            return False

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def play(proxy_type, happen, options):
    """What clients saw: failed requests, seconds until the last of them, and the slowest good answer's seconds."""
    with tempfile.TemporaryDirectory() as directory:
        backends = Backends()
        proxy = None
        try:
            proxy = proxy_type(Path(directory))
            clients = Clients(proxy.address, options.rate)
            wait_until(lambda: len(clients.calls) > options.rate, "some calls before")
            assert all(good for _, _, good in clients.calls), f"{proxy.name} fails although all is well"
            begun = time.monotonic()
            happen(backends)
            time.sleep(options.seconds)
            clients.stop()
        finally:
            if proxy:
                proxy.stop()
            backends.stop()
    calls = [call for call in clients.calls if call[1] >= begun]
    failed = [end - begun for _, end, good in calls if not good]
    return len(failed), max(failed, default=0), max(end - start for start, end, good in calls if good)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2, help="(%(default)s)")
    parser.add_argument("--seconds", type=float, default=14, help="that each failure is watched (%(default)s)")
    parser.add_argument("--rate", type=float, default=100, help="requests a second (%(default)s)")
    parser.add_argument("--event", default="", help="only events whose name holds this")
    results.add_arguments(parser)
    options = parser.parse_args()
    namespace.enter()
    report = Report("failover")
    for event, happen in EVENTS.items():
        if options.event not in event:
            continue
        found = {proxy: [] for proxy in (OurVipd, OurHAProxy, OurNginx)}
        for turn in range(options.rounds):
            for proxy, seen in found.items():
                report.progress(f"{event}, round {turn + 1} of {options.rounds}, {proxy.name}")
                seen.append(play(proxy, happen, options))
        total = round(options.rate * options.seconds)
        for number, (what, unit) in enumerate((("failed requests", f"of {total:,}"), ("the last failure", "s after it"),
                                               ("the slowest good answer", "s"))):
            report.add(Table(f"a backend is {event}: {what}", unit,
                             {proxy.name: [one[number] for one in seen] for proxy, seen in found.items()}))
    return report.finish(options)


if __name__ == "__main__":
    sys.exit(main())
