"""A small cluster in namespaces of its own: three agents as hosts behind a bridge, a scripted Marathon, one Signpost, and
clients that note each failure."""

import http.client
import os
import signal
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

from support.fake_marathon import VERSION, FakeMarathon, make_app, make_task
from support.signpost import Process, Signpost, without_net_admin, without_seccomp
from support.tools import wait_until
from wire import Wire

import dns.exception
import dns.message
import dns.query
import dns.rcode

PORT = 8000
PATIENCE = 10  # Seconds, of clients: what is late is no failure, and the machine may have much else to do.
# Its queue is longer than http.server's of five: when that is full, the kernel holds clients for seconds by itself.
SERVER = "import http.server, sys; type('S', (http.server.ThreadingHTTPServer,), {'request_queue_size': 128})(" \
         "(sys.argv[1], %d), type('H', (http.server.SimpleHTTPRequestHandler,), {'log_message': lambda *_: None})" \
         ").serve_forever()" % PORT
APP = {"portDefinitions": [{"port": 10000, "protocol": "tcp", "labels": {"VIP_0": "/web:80"}}],
       "healthChecks": [{"protocol": "HTTP", "path": "/", "intervalSeconds": 1, "timeoutSeconds": 1,
                         "maxConsecutiveFailures": 2, "gracePeriodSeconds": 5}]}


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Agent:
    """A host of its own: a network namespace with one address and one process that serves HTTP."""

    def __init__(self, number, on_wire=False):
        """on_wire: at the end of a `wire` that can be slow."""
        self.address = f"10.77.0.{10 + number}"
        self.link = f"agent{number}"
        self.holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up && echo && exec sleep infinity"],
                                       stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.wire = Wire(self.link, "far-end") if on_wire else None
        if self.wire:
            ip("link", "set", "far-end", "name", "eth0", "netns", str(self.holder.pid))
        else:
            ip("link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", str(self.holder.pid))
        ip("link", "set", self.link, "master", "hosts", "up")
        self.inside("ip", "addr", "add", f"{self.address}/24", "dev", "eth0").wait()
        self.inside("ip", "link", "set", "eth0", "up").wait()
        self.start()

    def inside(self, *command):
        return subprocess.Popen(["nsenter", "--target", str(self.holder.pid), "--net", *command])

    def start(self):
        self.server = self.inside("/usr/bin/python3", "-c", SERVER, self.address)

    def kill(self):
        self.server.kill()
        self.server.wait()

    def hang(self, on=True):
        self.server.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def cut(self, on=True):
        """Frames to and from it are lost, without a word."""
        ip("link", "set", self.link, "nomaster" if on else "master", *([] if on else ["hosts"]))

    def stop(self):
        for process in (self.server, self.holder):
            process.kill()
            process.wait()
        if self.wire:
            self.wire.stop()


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
    def __init__(self, directory, sanitized=False, bad_host=False, wires=()):
        """bad_host: one that set_host() changes; wires: agents at the end of one."""
        self.directory, self.disk = directory, directory / "disk"
        preload = self.make_bad_host() if bad_host else ()
        ip("link", "add", "hosts", "type", "bridge")
        ip("addr", "add", "10.77.0.1/24", "dev", "hosts")
        ip("link", "set", "hosts", "up")
        self.agents = [Agent(number, number in wires) for number in range(3)]
        self.marathon = FakeMarathon(self.app(), make_app("/other", []))
        self.disk.mkdir()  # A file system of its own, so that it can be full.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", self.disk], check=True)
        self.signpost = Signpost(directory, marathon_url=self.marathon.url, prefix=preload, options={
            "log": {"level": "info"}, "state": {"path": str(self.disk / "state")}, "marathon": {"heartbeat_timeout": "3s"},
            **without_seccomp(sanitized)})
        self.vip = self.signpost.vip("web.marathon")
        self.clients = {"VIP": Client(self.fetch, threads=40), "DNS": Client(self.ask, threads=4)}
        self.wait_well()

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

    def fetch(self):
        """A request over a connection of its own, as a client of the VIP makes it."""
        connection = http_connection(self.vip)
        try:
            connection.request("GET", "/")
            status = connection.getresponse().status
            return "" if status == 200 else str(status)
        finally:
            connection.close()

    def ask(self):
        """The app's addresses; none, or an error, is a failure."""
        query = dns.message.make_query("web.marathon.mesos", "A")
        reply = dns.query.udp(query, self.signpost.dns[0], port=self.signpost.dns[1], timeout=PATIENCE)
        if reply.rcode() != dns.rcode.NOERROR:
            return dns.rcode.to_text(reply.rcode())
        return "" if reply.answer else "no address"

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
        for agent in self.agents:
            agent.stop()
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


def limit_descriptors(pid, count):
    subprocess.run(["prlimit", f"--nofile={count}:", "--pid", str(pid)], check=True)


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))
