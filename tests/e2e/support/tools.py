"""Small things every end-to-end test needs: waiting, free ports, client programs, HTTP."""

import json
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]


def wait_until(condition, what, limit=30):
    """Returns the first true value of condition(); fails the test after `limit` seconds."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {limit} s in vain: {what}"
        time.sleep(0.02)


def free_ports(count):
    """Ports free for TCP and UDP on 127.0.0.1, all different."""
    held, ports = [], []
    while len(ports) < count:
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp.bind(("127.0.0.1", 0))
        held += [tcp, udp]
        try:
            udp.bind(tcp.getsockname())
            ports.append(tcp.getsockname()[1])
        except OSError:
            pass
    for one in held:
        one.close()
    return ports


def client(name, package):
    """The path of a client program; a missing one is a failure, not a skip."""
    path = shutil.which(name)
    assert path, f"{name} is missing: apt-get install {package} (or ./dev setup test)"
    return path


def run(*command, **options):
    """Runs a client to its end and returns what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **options)
    assert done.returncode == 0, f"{command} exited {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


class Answer:
    """One HTTP answer: status, headers, text."""

    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    def json(self):
        return json.loads(self.text)


def opener(ca=None):
    """Opens URLs straight at their address: a proxy of the environment has no business here.

    ca: the file of who vouches for https."""
    https = [urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca))] if ca else []
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), *https)


_opener = opener()


def http(method, url, body=None, timeout=10, headers=None, ca=None):
    """One HTTP exchange; any status is an answer, no connection an OSError."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=dict(headers or {}))
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with (opener(ca) if ca else _opener).open(request, timeout=timeout) as got:
            return Answer(got.status, got.headers, got.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read().decode())
    except urllib.error.URLError as error:
        raise OSError(str(error.reason)) from error


def answers(url, status=200, ca=None):
    """Whether `url` answers with that status right now."""
    try:
        return http("GET", url, timeout=2, ca=ca).status == status
    except OSError:
        return False
