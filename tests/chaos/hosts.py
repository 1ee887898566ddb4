"""Hosts of the small cluster: a network namespace each, at a bridge called `hosts`."""

import signal
import subprocess
import sys
from pathlib import Path

from support import name_servers
from wire import Wire

OURS = "10.77.0.1"  # Where Signpost is.
PORT = 8000
# Its queue is longer than http.server's of five: when that is full, the kernel holds clients for seconds by itself.
SERVER = "import http.server, sys; quiet = lambda *_: None; " \
         "type('S', (http.server.ThreadingHTTPServer,), {'request_queue_size': 128, 'handle_error': quiet})(" \
         "(sys.argv[1], %d), type('H', (http.server.SimpleHTTPRequestHandler,), {'log_message': quiet})" \
         ").serve_forever()" % PORT
RESOLVER = "import sys, threading; sys.path.insert(0, sys.argv[2]); from support.scripted_upstream import ScriptedUpstream; " \
           "upstream = ScriptedUpstream(ttl=1, address=(sys.argv[1], 53)); threading.Event().wait()"


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Host:
    """A network namespace with one address."""

    def __init__(self, name, address, on_wire=False):
        """on_wire: at the end of a `wire` that can be slow."""
        self.link, self.address = name, address
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

    @property
    def prefix(self):
        """Put before a command to run it there."""
        return ("nsenter", "--target", str(self.holder.pid), "--net")

    def inside(self, *command):
        return subprocess.Popen([*self.prefix, *command])

    def cut(self, on=True):
        """Frames to and from it are lost, without a word."""
        ip("link", "set", self.link, "nomaster" if on else "master", *([] if on else ["hosts"]))

    def stop(self):
        if self.wire:
            self.wire.stop()
        else:
            # Left to the end of its namespace, it may still be there for the next host of that name.
            ip("link", "delete", self.link)
        self.holder.kill()
        self.holder.wait()


class Agent(Host):
    """With one process that serves HTTP."""

    def __init__(self, number, on_wire=False):
        super().__init__(f"agent{number}", f"10.77.0.{10 + number}", on_wire)
        self.start()

    def start(self):
        self.server = self.inside("/usr/bin/python3", "-c", SERVER, self.address)

    def kill(self):
        self.server.kill()
        self.server.wait()

    def hang(self, on=True):
        self.server.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def stop(self):
        self.kill()
        super().stop()


class Resolver(Host):
    """With a name server that knows every name, for a second each."""

    def __init__(self):
        super().__init__("resolver", "10.77.0.20", on_wire=True)
        e2e = str(Path(name_servers.__file__).parents[1])
        self.server = self.inside(sys.executable, "-c", RESOLVER, self.address, e2e)

    def stop(self):
        self.server.kill()
        self.server.wait()
        super().stop()


class Secondary(Host):
    """With a Knot that follows the zone `mesos.` of ours, once follow() was called."""

    ADDRESS = "10.77.0.30"

    def __init__(self):
        super().__init__("secondary", self.ADDRESS)
        self.server = None

    def follow(self, directory, port):
        """port: where Signpost answers."""
        directory.mkdir()
        self.server = name_servers.knot_secondary(directory, (OURS, port), 53, host=self.address, prefix=self.prefix)

    def stop(self):
        if self.server:
            self.server.stop()
        super().stop()
