"""The same TCP proxy by three programs: vipd, and its peers from Debian."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import yaml

from .signpost import Process, without_net_admin
from .tools import answers, free_ports, http, wait_until

CONNECT = "2s"
IDLE = "60s"  # Without a byte.


class Unsupported(Exception):
    """The program has no such feature."""


class Vipd:
    name = "vipd"
    IDLE_OPTIONS = {"tcp": ["idle_timeout", "half_close_timeout"], "udp": ["udp_idle_timeout"]}

    def __init__(self, directory, backends, port=None, protocol="tcp", send=None, accept=False, idle=IDLE, connect=CONNECT,
                 check=None, drain="keep", workers=1, balance="round-robin"):
        dns, free_port, admin = free_ports(3)
        self.port, self.protocol, self.check = port or free_port, protocol, check
        self.services = directory / "services.yaml"
        self.labels = {"SIGNPOST_DRAIN": drain}
        self.labels |= {"SIGNPOST_SEND_PROXY": send} if send else {}
        self.labels |= {"SIGNPOST_ACCEPT_PROXY": "true"} if accept else {}
        self.labels |= {"SIGNPOST_CHECK": f"tcp port={check} interval=100ms rise=1 fall=1"} if check else {}
        self.write_backends(dict.fromkeys(backends, "running"))
        config = directory / "signpost.yaml"
        config.write_text(yaml.safe_dump({
            "dns": {"listen": [f"127.0.0.1:{dns}"]}, "admin": {"listen": f"127.0.0.1:{admin}"},
            "file": {"path": str(self.services)},
            "probe": {"enabled": check is not None},  # Without one as the peers, which have none then.
            "vip": {"workers": workers, "connect_timeout": connect, "balance": balance,
                    **{option: idle for option in self.IDLE_OPTIONS[protocol]}}}))
        self.admin = f"http://127.0.0.1:{admin}"
        self.process = Process(["vipd", "-c", config], directory / f"log-{admin}", prefix=without_net_admin())
        wait_until(lambda: answers(self.admin + "/readyz"), "readyz")
        self.address = wait_until(self.find_address, "the VIP")

    def write_backends(self, states):
        """states: by port."""
        endpoints = [{"address": "127.0.0.1", "ports": [port], "state": state} for port, state in states.items()]
        port = {"port": 1, "vip": f"/scenario:{self.port}", "protocol": self.protocol}
        fresh = self.services.with_suffix(".new")
        fresh.write_text(yaml.safe_dump({"services": {"scenario": {
            "ports": [port], "labels": self.labels, "endpoints": endpoints}}}))
        fresh.rename(self.services)

    def drain(self, states):
        """Nothing new to those whose state is "draining"."""
        self.write_backends(states)
        count = list(states.values()).count("draining")
        self.wait_backends("draining", count)

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
    def start(self, directory, config, *command):
        path = directory / f"{self.name}.conf"
        path.write_text(config)
        self.log = open(directory / f"{self.name}.log", "wb")
        self.process = subprocess.Popen([*command, path], stdout=self.log, stderr=subprocess.STDOUT, cwd=directory)

    def wait(self):
        wait_until(self.listens, f"{self.name} to listen")

    def listens(self):
        assert self.process.poll() is None, f"{self.name} ended: {Path(self.log.name).read_text()}"
        address, port = self.address
        wanted = f"{socket.inet_aton(address)[::-1].hex().upper()}:{port:04X} 00000000:0000 "
        sockets = "".join(Path(f"/proc/thread-self/net/{kind}").read_text() for kind in ("tcp", "udp"))
        return wanted in sockets

    def drain(self, states):
        raise Unsupported("a reload, which leaves the old process to the old sessions")

    def wait_backends(self, state, count):
        raise Unsupported("has no checks of its own")

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
                 check=None, drain="keep", workers=1, balance="roundrobin"):
        if protocol == "udp":
            raise Unsupported("has no UDP")
        if drain == "close":
            raise Unsupported("sessions have to be shut down by hand")
        self.address = ("127.0.0.1", port or free_ports(1)[0])
        self.commands = directory / "haproxy.socket"
        how = {None: "", "v1": " send-proxy", "v2": " send-proxy-v2"}[send]
        how += f" check port {check} inter 100ms rise 1 fall 1" if check else ""
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
        for port, state in states.items():
            self.command(f"set server all/s{port} state {'drain' if state == 'draining' else 'ready'}")

    def wait_backends(self, state, count):
        word = {"passing": ",UP,", "failing": ",DOWN,"}[state]
        wait_until(lambda: sum(word in line and ",s" in line for line in self.command("show stat").splitlines()) == count,
                   f"{count} {state} backends")


class Nginx(Peer):
    name = "nginx"

    def __init__(self, directory, backends, port=None, protocol="tcp", send=None, accept=False, idle=IDLE, connect=CONNECT,
                 check=None, drain="keep", workers=1, balance=None):
        del balance
        self.address = ("127.0.0.1", port or free_ports(1)[0])
        if send == "v2":
            raise Unsupported("has no PROXY v2 out")
        if check:
            raise Unsupported("has no checks of its own")
        if drain == "close":
            raise Unsupported("a reload, which leaves the old process to the old sessions")
        servers = "".join(f"server 127.0.0.1:{port}; " for port in backends)
        listen = " udp" if protocol == "udp" else " proxy_protocol" if accept else ""
        self.run(directory, f"""
load_module {self.module()};
daemon off; master_process {"on" if workers > 1 else "off"}; worker_processes {workers};
pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 4096; }}
stream {{
  upstream all {{ {servers} }}
  server {{
    listen 127.0.0.1:{self.address[1]}{listen};
    proxy_connect_timeout {connect}; proxy_timeout {idle};
    {"proxy_protocol on;" if send else ""}
    proxy_pass all;
  }}
}}
""")

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
