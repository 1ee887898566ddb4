"""The same TCP proxy by three programs: vipd, and its peers from Debian."""

import json
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import NamedTuple

import yaml

from .signpost import Process, without_net_admin
from .tools import answers, free_ports, http, wait_until

CONNECT = "2s"
IDLE = "60s"  # Without a byte.
PATIENCE = 30  # Seconds that a program may take to begin.


class Unsupported(Exception):
    """The program has no such feature."""


class Check(NamedTuple):
    """How a backend is checked, ten times a second: at a port of its own, by a connection or a GET."""
    port: int
    kind: str = "tcp"
    rise: int = 1
    fall: int = 1


class Vipd:
    name = "vipd"
    patience = PATIENCE
    IDLE_OPTIONS = {"tcp": ["idle_timeout", "half_close_timeout"], "udp": ["udp_idle_timeout"]}

    def __init__(self, directory, backends, port=None, protocol="tcp", send=None, accept=False, idle=IDLE, connect=CONNECT,
                 check=None, drain="keep", workers=1, balance="round-robin", keepalive=None):
        dns, free_port, admin = free_ports(3)
        self.port, self.protocol, self.check = port or free_port, protocol, check
        self.file = directory / "services.yaml"
        self.labels = {"SIGNPOST_DRAIN": drain}
        self.labels |= {"SIGNPOST_SEND_PROXY": send} if send else {}
        self.labels |= {"SIGNPOST_ACCEPT_PROXY": "true"} if accept else {}
        self.labels |= {"SIGNPOST_CHECK": f"{check.kind} port={check.port} interval=100ms rise={check.rise} fall={check.fall}"} \
            if check else {}
        self.write_backends(dict.fromkeys(backends, "running"))
        self.directory = directory
        self.config = directory / "signpost.yaml"
        self.config.write_text(yaml.safe_dump({
            "process": {"handover_path": str(directory / "handover")},
            "dns": {"listen": [f"127.0.0.1:{dns}"]}, "admin": {"listen": f"127.0.0.1:{admin}"},
            "file": {"path": str(self.file)},
            "probe": {"enabled": check is not None},  # Without one as the peers, which have none then.
            "vip": {"workers": workers, "connect_timeout": connect, "balance": balance,
                    **({"keepalive": keepalive} if keepalive else {}),
                    **{option: idle for option in self.IDLE_OPTIONS[protocol]}}}))
        self.admin = f"http://127.0.0.1:{admin}"
        self.process = self.begin(f"log-{admin}")
        wait_until(lambda: answers(self.admin + "/readyz"), "readyz", self.patience)
        self.address = wait_until(self.find_address, "the VIP", self.patience)

    def begin(self, log):
        return Process(["vipd", "-c", self.config], self.directory / log, prefix=without_net_admin())

    def renew(self):
        """Another process takes over; returns once the one before has ended."""
        before, self.process = self.process, self.begin(self.process.log_path.name + "+")
        wait_until(lambda: not before.running(), "the end of the old process")
        assert before.stop() == 0, before.output()

    def write_backends(self, states):
        """states: by port."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps({"services": self.services(states)}))
        fresh.rename(self.file)

    def services(self, states):
        """As the file tells them, by name."""
        endpoints = [{"address": "127.0.0.1", "ports": [port], "state": state} for port, state in states.items()]
        port = {"port": 1, "vip": f"/scenario:{self.port}", "protocol": self.protocol}
        return {"scenario": {"ports": [port], "labels": self.labels, "endpoints": endpoints}}

    def drain(self, states):
        """Nothing new to those whose state is "draining"."""
        self.write_backends(states)
        count = list(states.values()).count("draining")
        self.wait_backends("draining", count)

    def update(self, states):
        """As drain(), without waiting until it has been taken up."""
        self.write_backends(states)

    def flips(self):
        """How often anything has changed: with one check and nothing else, how often its verdict did."""
        return self.value("watcher_generation")

    def wait_backends(self, state, count):
        wait_until(lambda: self.backends(state) == count, f"{count} {state} backends")
        wait_until(self.is_settled, "the worker to know")

    def backends(self, state):
        return self.value(f'vipd_backends{{vip="scenario.file:{self.port}/{self.protocol}",state="{state}"}}')

    def is_settled(self):
        """Whether the workers act on what is known."""
        return self.value("vipd_generation") == self.value("watcher_generation")

    def value(self, series):
        line = f"\nsignpost_{series} "
        text = http("GET", self.admin + "/metrics").text
        return int(text.split(line)[1].split()[0]) if line in text else None

    def find_address(self):
        if self.backends("passing") is None or not self.is_settled():
            return None
        log = self.process.output()
        line = next(line for line in log.splitlines() if "vip=scenario.file" in line and "address=" in line)
        return line.split("address=")[1].split()[0].split(":")[0], self.port

    def stop(self):
        self.process.stop()

    def kill(self):
        self.process.popen.kill()
        self.process.stop()


class Peer:
    patience = PATIENCE

    def start(self, directory, config, *command):
        path = directory / f"{self.name}.conf"
        path.write_text(config)
        self.log = open(directory / f"{self.name}.log", "wb")
        self.process = subprocess.Popen([*command, path], stdout=self.log, stderr=subprocess.STDOUT, cwd=directory)

    def wait(self):
        wait_until(self.listens, f"{self.name} to listen", self.patience)

    def listens(self):
        assert self.process.poll() is None, f"{self.name} ended: {Path(self.log.name).read_text()}"
        address, port = self.address
        wanted = f"{socket.inet_aton(address)[::-1].hex().upper()}:{port:04X} 00000000:0000 "
        sockets = "".join(Path(f"/proc/thread-self/net/{kind}").read_text() for kind in ("tcp", "udp"))
        return wanted in sockets

    def drain(self, states):
        raise Unsupported("a reload, which leaves the old process to the old sessions")

    def update(self, states):
        raise NotImplementedError

    def wait_backends(self, state, count):
        raise Unsupported("has no checks of its own")

    def renew(self):
        raise Unsupported("a reload, which leaves the old process to the old sessions")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()

    def kill(self):
        self.process.kill()
        self.process.wait(30)
        self.log.close()


class HAProxy(Peer):
    name = "HAProxy"

    def __init__(self, directory, backends, port=None, protocol="tcp", send=None, accept=False, idle=IDLE, connect=CONNECT,
                 check=None, drain="keep", workers=1, balance="roundrobin", keepalive=None):
        if protocol == "udp":
            raise Unsupported("has no UDP")
        if drain == "close":
            raise Unsupported("sessions have to be shut down by hand")
        self.address = ("127.0.0.1", port or free_ports(1)[0])
        self.commands = directory / "haproxy.socket"
        how = {None: "", "v1": " send-proxy", "v2": " send-proxy-v2"}[send]
        how += f" check port {check.port} inter 100ms rise {check.rise} fall {check.fall}" if check else ""
        asks = "option httpchk GET /" if check and check.kind == "http" else ""
        if keepalive:
            asks += f"\n  option clitcpka\n  clitcpka-idle {keepalive}\n  clitcpka-intvl 10s\n  clitcpka-cnt 3"
        servers = "\n".join(f"  server s{port} 127.0.0.1:{port}{how}" for port in backends)
        self.run(directory, f"""
global
  nbthread {workers}
  stats socket {self.commands} level admin
defaults
  mode tcp
  timeout connect {connect}
  timeout client {idle}
  timeout server {idle}
listen all
  bind 127.0.0.1:{self.address[1]}{" accept-proxy" if accept else ""}
  balance {balance}
  {asks}
{servers}
""")

    def run(self, directory, config):
        self.start(directory, config, program("haproxy"), "-db", "-f")
        self.wait()

    def command(self, line):
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(str(self.commands))
            one.sendall(line.encode() + b"\n")
            return b"".join(iter(lambda: one.recv(65536), b"")).decode()

    def drain(self, states):
        self.command(";".join(f"set server all/s{port} state {'drain' if state == 'draining' else 'ready'}"
                              for port, state in states.items()))

    update = drain

    def servers(self, column):
        """What a column says of each server."""
        head, *rows = (line.split(",") for line in self.command("show stat").splitlines() if "," in line)
        return [row[head.index(column)] for row in rows if row[1].startswith("s")]

    def flips(self):
        return sum(map(int, self.servers("chkdown")))

    def wait_backends(self, state, count):
        word = {"passing": "UP", "failing": "DOWN"}[state]  # "UP 2/3" while some checks fail.
        wait_until(lambda: sum(status.startswith(word) for status in self.servers("status")) == count,
                   f"{count} {state} backends")


class Nginx(Peer):
    name = "nginx"

    def __init__(self, directory, backends, port=None, protocol="tcp", send=None, accept=False, idle=IDLE, connect=CONNECT,
                 check=None, drain="keep", workers=1, balance=None, keepalive=None):
        del balance
        self.address = ("127.0.0.1", port or free_ports(1)[0])
        if send == "v2":
            raise Unsupported("has no PROXY v2 out")
        if check:
            raise Unsupported("has no checks of its own")
        if drain == "close":
            raise Unsupported("a reload, which leaves the old process to the old sessions")
        listen = " udp" if protocol == "udp" else " proxy_protocol" if accept else ""
        listen += f" so_keepalive={keepalive}:10s:3" if keepalive else ""
        self.config = directory / f"{self.name}.conf"
        self.text = lambda backends: f"""
load_module {self.module()};
daemon off; master_process {"on" if workers > 1 else "off"}; worker_processes {workers};
pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 4096; }}
stream {{
  upstream all {{ {"".join(f"server 127.0.0.1:{port}; " for port in backends)} }}
  server {{
    listen 127.0.0.1:{self.address[1]}{listen};
    proxy_connect_timeout {connect}; proxy_timeout {idle};
    {"proxy_protocol on;" if send else ""}
    proxy_pass all;
  }}
}}
"""
        self.run(directory, self.text(backends))

    def update(self, states):
        """The reload is asked for; nobody tells when it is done."""
        self.config.write_text(self.text([port for port, state in states.items() if state != "draining"]))
        self.process.send_signal(signal.SIGHUP)

    @staticmethod
    def module():
        return os.environ.get("NGINX_STREAM_MODULE", "/usr/lib/nginx/modules/ngx_stream_module.so")

    def run(self, directory, config):
        self.start(directory, config, program("nginx"), "-p", str(directory), "-c")
        self.wait()


def program(name):
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    assert path, f"{name} is missing: apt-get install haproxy nginx libnginx-mod-stream"
    return path


PROXIES = [Vipd, HAProxy, Nginx]
