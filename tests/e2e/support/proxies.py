"""The same TCP proxy by three programs: vipd, and its peers from Debian."""

import os
import shutil
import subprocess
from pathlib import Path

import yaml

from .signpost import Process, without_net_admin
from .tools import answers, free_ports, http, wait_until

CONNECT = "2s"
IDLE = "60s"  # Without a byte.


class Vipd:
    name = "vipd"

    def __init__(self, directory, backends, send=None, accept=False, idle=IDLE):
        dns, port, admin = free_ports(3)
        words = [f"/scenario:{port}", *(f"127.0.0.1:{backend}" for backend in backends)]
        words += [f"send_proxy={send}"] if send else []
        words += ["accept_proxy=true"] if accept else []
        config = directory / "signpost.yaml"
        config.write_text(yaml.safe_dump({
            "dns": {"listen": [f"127.0.0.1:{dns}"]}, "admin": {"listen": f"127.0.0.1:{admin}"},
            "probe": {"enabled": False},  # As the peers, which have no checks here.
            "vip": {"workers": 1, "connect_timeout": CONNECT, "idle_timeout": idle, "half_close_timeout": idle,
                    "balance": "round-robin", "fixed": [" ".join(words)]}}))
        self.admin = f"http://127.0.0.1:{admin}"
        self.process = Process(["vipd", "-c", config], directory / "log", prefix=without_net_admin())
        wait_until(lambda: answers(self.admin + "/readyz"), "readyz")
        self.address = wait_until(lambda: self.find_address(port), "the VIP")

    def find_address(self, port):
        text = http("GET", self.admin + "/metrics").text
        if 'signpost_vipd_connections{vip="scenario.config' not in text:
            return None
        log = self.process.output()
        line = next(line for line in log.splitlines() if "vip=scenario.config" in line and "address=" in line)
        return line.split("address=")[1].split()[0].split(":")[0], port

    def stop(self):
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
        wanted = f":{self.address[1]:04X} 00000000:0000 0A"
        return wanted in Path("/proc/net/tcp").read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


class HAProxy(Peer):
    name = "HAProxy"

    def __init__(self, directory, backends, send=None, accept=False, idle=IDLE):
        self.address = ("127.0.0.1", *free_ports(1))
        how = {None: "", "v1": " send-proxy", "v2": " send-proxy-v2"}[send]
        servers = "\n".join(f"  server s{port} 127.0.0.1:{port}{how}" for port in backends)
        self.start(directory, f"""
defaults
  mode tcp
  timeout connect {CONNECT}
  timeout client {idle}
  timeout server {idle}
listen all
  bind 127.0.0.1:{self.address[1]}{" accept-proxy" if accept else ""}
{servers}
""", program("haproxy"), "-db", "-f")
        self.wait()


class Nginx(Peer):
    name = "nginx"

    def __init__(self, directory, backends, send=None, accept=False, idle=IDLE):
        self.address = ("127.0.0.1", *free_ports(1))
        if send == "v2":
            raise Unsupported("has no PROXY v2 out")
        servers = "".join(f"server 127.0.0.1:{port}; " for port in backends)
        module = os.environ.get("NGINX_STREAM_MODULE", "/usr/lib/nginx/modules/ngx_stream_module.so")
        self.start(directory, f"""
load_module {module};
daemon off; master_process off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 4096; }}
stream {{
  upstream all {{ {servers} }}
  server {{
    listen 127.0.0.1:{self.address[1]}{" proxy_protocol" if accept else ""};
    proxy_connect_timeout {CONNECT}; proxy_timeout {idle};
    {"proxy_protocol on;" if send else ""}
    proxy_pass all;
  }}
}}
""", program("nginx"), "-p", str(directory), "-c")
        self.wait()


class Unsupported(Exception):
    """The program has no such feature."""


def program(name):
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    assert path, f"{name} is missing: apt-get install haproxy nginx libnginx-mod-stream"
    return path


PROXIES = [Vipd, HAProxy, Nginx]
