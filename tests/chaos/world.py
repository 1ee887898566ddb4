"""A small cluster in namespaces of its own: three agents as hosts behind a bridge, a scripted Marathon, one Signpost, and
clients that note each failure."""

import errno
import http.client
import itertools
import os
import signal
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

import yaml

from support.fake_marathon import VERSION, FakeMarathon, make_app, make_task
from support.signpost import Process, Signpost, without_net_admin, without_seccomp
from support.tools import wait_until
from hosts import OURS, PORT, Agent, Resolver, Secondary, ip

import dns.exception
import dns.message
import dns.query
import dns.rcode

PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
PATIENCE = 10  # Seconds, of clients: what is late is no failure, and the machine may have much else to do.
APP = {"portDefinitions": [{"port": 10000, "protocol": "tcp", "labels": {"VIP_0": "/web:80"}}],
       "healthChecks": [{"protocol": "HTTP", "path": "/", "intervalSeconds": 1, "timeoutSeconds": 1,
                         "maxConsecutiveFailures": 2, "gracePeriodSeconds": 5}]}


class Client:
    """Calls call() every 20 ms, over and over, and notes when it failed and how."""

    def __init__(self, call, threads):
        self.call, self.stopped, self.lock, self.calls = call, threading.Event(), threading.Lock(), []
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self):
        while not self.stopped.wait(0.02 * len(self.threads)):
            begun = time.monotonic()
            try:
                problem = self.call()
            except (OSError, http.client.HTTPException, dns.exception.DNSException) as error:
                problem = type(error).__name__
            with self.lock:
                self.calls.append((begun, time.monotonic(), problem))

    def since(self, begin):
        with self.lock:
            return [call for call in self.calls if call[1] >= begin]

    def is_well(self, for_seconds=1.0):
        """Whether nothing failed lately."""
        recent = self.since(time.monotonic() - for_seconds)
        return len(recent) > 5 and not any(problem for _, _, problem in recent)

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


class World:
    def __init__(self, directory, sanitized=False, bad_host=False, wires=(), resolver=False, secondary=False):
        """bad_host: one that set_host() changes; wires: agents at the end of one; resolver: for names that are not ours;
        secondary: a name server that follows our zone."""
        self.directory, self.disk = directory, directory / "disk"
        preload = self.make_bad_host() if bad_host else ()
        ip("link", "add", "hosts", "type", "bridge")
        ip("addr", "add", f"{OURS}/24", "dev", "hosts")
        ip("link", "set", "hosts", "up")
        self.agents = [Agent(number, number in wires) for number in range(3)]
        self.resolver = Resolver() if resolver else None
        self.secondary = Secondary() if secondary else None
        self.marathon = FakeMarathon(self.app(), make_app("/other", []))
        self.disk.mkdir()  # A file system of its own, so that it can be full.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", self.disk], check=True)
        self.signpost = Signpost(directory, marathon_url=self.marathon.url, prefix=preload, dns_at=("127.0.0.1", OURS), options={
            "log": {"level": "info"}, "state": {"path": str(self.disk / "state")}, "marathon": {"heartbeat_timeout": "3s"},
            "dns": self.dns_options(), **without_seccomp(sanitized)})
        self.vip = self.signpost.vip("web.marathon")
        self.clients = {"VIP": Client(self.fetch, threads=40), "DNS": Client(self.ask, threads=4)}
        if resolver:
            numbers = itertools.count()
            self.clients["known names elsewhere"] = Client(lambda: self.ask("www.example"), threads=4)
            self.clients["new names elsewhere"] = Client(lambda: self.ask(f"name{next(numbers)}.example"), threads=8)
        if secondary:
            self.secondary.follow(directory / "knot", self.signpost.dns[1])
            wait_until(self.secondary_has_caught_up, "the secondary to have the zone")
        self.wait_well()

    def dns_options(self):
        forward = {"forward_to": [f"{self.resolver.address}:53"]} if self.resolver else {}
        transfer = {"transfer_to": [f"{Secondary.ADDRESS}/32"], "notify": [f"{Secondary.ADDRESS}:53"]} if self.secondary else {}
        return forward | transfer

    def app(self):
        app = make_app("/web", [], **APP)
        good = [{"alive": True, "consecutiveFailures": 0, "firstSuccess": VERSION, "lastSuccess": VERSION}]
        tasks = [make_task("/web", agent.address, number) | {"ports": [PORT], "healthCheckResults": good}
                 for number, agent in enumerate(self.agents)]
        return {**app, "instances": len(tasks), "tasks": tasks}

    def restart(self):
        """The same configuration again, and so the same ports."""
        self.signpost.process = Process(["run", "-c", self.signpost.config_path], self.directory / "signpost-again.log",
                                        prefix=without_net_admin())
        self.signpost.wait_ready()

    def limit_memory(self, octets):
        """By a reload; to another one than there is."""
        before = self.metric("signpost_memory_limit_bytes")
        settings = yaml.safe_load(self.signpost.config_path.read_text())
        settings["process"] = settings.get("process", {}) | {"max_memory_bytes": octets}
        self.signpost.config_path.write_text(yaml.safe_dump(settings))
        self.signpost.process.popen.send_signal(signal.SIGHUP)
        # Not by its figure: that of a control group may be the tighter one.
        wait_until(lambda: self.metric("signpost_memory_limit_bytes") != before, "the limit")

    def fetch(self):
        """A request over a connection of its own, as a client of the VIP makes it."""
        connection = http_connection(self.vip)
        try:
            connection.request("GET", "/")
            status = connection.getresponse().status
            return "" if status == 200 else str(status)
        finally:
            connection.close()

    def ask(self, name="web.marathon.mesos"):
        """Its addresses; none, or an error, is a failure."""
        query = dns.message.make_query(name, "A")
        reply = dns.query.udp(query, self.signpost.dns[0], port=self.signpost.dns[1], timeout=PATIENCE)
        if reply.rcode() != dns.rcode.NOERROR:
            return dns.rcode.to_text(reply.rcode())
        return "" if reply.answer else "no address"

    def secondary_has_caught_up(self):
        try:
            copy = self.secondary.server.query("mesos", "SOA", timeout=1).answer
        except dns.exception.Timeout:
            return False
        return bool(copy) and copy[0][0].serial == self.signpost.query("mesos", "SOA").answer[0][0].serial

    def make_bad_host(self):
        """What to put before a command that is to believe in it."""
        library = self.directory / "host.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, Path(__file__).with_name("host.c")], check=True)
        self.set_host()
        return "env", f"LD_PRELOAD={library}", f"BAD_HOST={self.directory}/host"

    def set_host(self, clock_error=0, disk_delay=0):
        """Seconds both, as Signpost is told by host.c."""
        with open(self.directory / "host", "r+b" if (self.directory / "host").exists() else "wb") as file:
            file.write(struct.pack("qq", clock_error, disk_delay))

    def wait_well(self, limit=60):
        wait_until(lambda: all(client.is_well() for client in self.clients.values()), "all clients to be well", limit)

    def metric(self, name):
        line = next(line for line in self.signpost.metrics().splitlines() if line.startswith(name))
        return float(line.split()[-1])

    def backends(self):
        return sorted(b["state"] for s in self.signpost.services()["services"] for v in s["vips"] for b in v["backends"])

    def stop(self):
        """Returns with what status Signpost ended: a sanitizer that found something says so there."""
        for client in self.clients.values():
            client.stop()
        status = self.signpost.stop()
        self.marathon.stop()
        for host in filter(None, (*self.agents, self.resolver, self.secondary)):
            host.stop()
        ip("link", "del", "hosts")
        subprocess.run(["umount", "--lazy", self.disk], check=True)
        return status


def http_connection(address):
    return http.client.HTTPConnection(address, 80, timeout=PATIENCE)


def idle_connections(address, count):
    """Connections that are opened and then say nothing; as many as are taken."""
    taken = []
    for _ in range(count):
        try:
            taken.append(socket.create_connection((address, 80), timeout=1))
        except OSError:
            break
    return taken


def take_ports(backend):
    """All source ports of this host to a backend, as connections that say nothing; returns when none was to be had for a while.
    The pauses keep its queue from growing full."""
    taken, last = [], time.monotonic()
    while time.monotonic() < last + 1:
        try:
            taken.append(socket.create_connection((backend, PORT), timeout=PATIENCE))
            last = time.monotonic()
        except OSError as error:
            assert error.errno == errno.EADDRNOTAVAIL, error
        time.sleep(0.002)
    return taken


def reset(connections):
    """Ends them without a trace: an ordinary end would keep each port for a minute."""
    for one in connections:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.close()


def limit_descriptors(pid, count):
    subprocess.run(["prlimit", f"--nofile={count}:", "--pid", str(pid)], check=True)


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))
