"""Our own health checks, by labels and definitions, against real servers."""

import contextlib
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dns.message
import dns.rcode
import pytest
import yaml

from support.tools import http, wait_until


class Web:
    """An HTTP(S) server whose /health says what a test wants."""

    def __init__(self, certificate=None):
        self.health = 200
        self.body = "all is well"
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                status = web.health if self.path == "/health" else 404
                self.send_response(status)
                self.send_header("Content-Length", str(len(web.body)))
                self.end_headers()
                self.wfile.write(web.body.encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class NameServer:
    """Answers every DNS question with an rcode."""

    def __init__(self):
        self.rcode = dns.rcode.NOERROR
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        with contextlib.suppress(OSError):  # It was stopped.
            while True:
                query, client = self.socket.recvfrom(4096)
                answer = dns.message.make_response(dns.message.from_wire(query))
                answer.set_rcode(self.rcode)
                self.socket.sendto(answer.to_wire(), client)

    def stop(self):
        self.socket.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    path = folder / "both.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem",
                    "-out", folder / "cert.pem", "-subj", "/CN=shop.example", "-days", "2"],
                   check=True, capture_output=True)
    path.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return path


@pytest.fixture
def servers():
    started = []
    yield started
    for server in started:
        server.stop()


@pytest.fixture
def serve(start, tmp_path):
    """A system whose one service has one port with this check, at 127.0.0.1."""

    def serve_one(check, port, protocol="tcp", probe=None):
        path = tmp_path / "services.yaml"
        path.write_text(yaml.safe_dump({"services": {"web": {
            "ports": [{"port": port, "protocol": protocol, "vip": "/web:80",
                       "labels": {"SIGNPOST_CHECK": check}}],
            "endpoints": ["127.0.0.1"]}}}))
        return start(marathon_url="none", options={
            "marathon": {"urls": []}, "file": {"path": str(path)},
            "probe": {"interval": "100ms", "closer_look": "100ms", "timeout": "100ms", **(probe or {})}})

    return serve_one


def backends(system, state, protocol="tcp"):
    text = system.metrics()
    series = f'signpost_vipd_backends{{vip="web.file:80/{protocol}",state="{state}"}} '
    return next((int(line[len(series):]) for line in text.splitlines() if line.startswith(series)), 0)


def wait_passing(system, protocol="tcp"):
    wait_until(lambda: backends(system, "passing", protocol) == 1, "a passing backend")


def wait_failing(system, protocol="tcp"):
    wait_until(lambda: backends(system, "failing", protocol) == 1, "a failing backend")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_status_and_a_body_decide(serve, servers, certificate, scheme):
    web = Web(certificate if scheme == "https" else None)
    servers.append(web)
    system = serve(f'{scheme} /health host=shop.example "expect=all is well" timeout=5s', web.port)
    wait_passing(system)
    web.health = 503
    wait_failing(system)
    web.health = 200
    wait_passing(system)
    web.body = "ill"
    wait_failing(system)


def test_a_handshake_decides(serve, servers, certificate):
    web = Web(certificate)
    servers.append(web)
    wait_passing(serve("tls host=shop.example timeout=5s", web.port))


def test_plain_text_is_no_handshake(serve, servers):
    web = Web()
    servers.append(web)
    wait_failing(serve("tls timeout=5s", web.port))


def test_a_name_server_is_asked_a_question(serve, servers):
    server = NameServer()
    servers.append(server)
    system = serve("dns ready.example timeout=5s", server.port, "udp")
    wait_passing(system, "udp")
    server.rcode = dns.rcode.SERVFAIL
    wait_failing(system, "udp")


def test_a_command_of_the_configuration_decides(serve, servers, tmp_path):
    web = Web()
    servers.append(web)
    flag = tmp_path / "up"
    flag.touch()
    system = serve("flag", web.port, probe={"named": {"flag": f"command timeout=10s /usr/bin/test -e {flag}"}})
    wait_passing(system)
    flag.unlink()
    wait_failing(system)


def test_a_command_of_a_label_is_not_run(serve, servers, tmp_path):
    web = Web()
    servers.append(web)
    trace = tmp_path / "trace"
    system = serve(f"command /usr/bin/touch {trace}", web.port)
    wait_passing(system)  # By the TCP check that counts in its place.
    assert not trace.exists()
    log = system.process.output()
    assert "probe.commands_in_labels" in log and "SIGNPOST_CHECK" in log


def test_a_bad_label_is_reported_and_skipped(serve, servers):
    web = Web()
    servers.append(web)
    system = serve("http health", web.port)
    wait_passing(system)
    line = next(line for line in system.process.output().splitlines() if "SIGNPOST_CHECK" in line)
    assert 'app="web" port=0' in line and 'value="http health"' in line and "starts with /" in line


APP = """
import os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        with open(sys.argv[1], "a") as log:
            log.write(self.path + " " + self.headers.get("User-Agent", "") + "\\n")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

HTTPServer((os.environ["HOST"], int(os.environ["PORT0"])), Handler).serve_forever()
"""


def test_the_check_of_marathons_definition_is_made(system, tmp_path):
    script, asked = tmp_path / "app.py", tmp_path / "asked"
    script.write_text(APP)
    asked.touch()
    system.post({"id": "/web", "instances": 1, "cmd": f"exec python3 {script} {asked}",
                 "healthChecks": [{"protocol": "MESOS_HTTP", "path": "/health", "portIndex": 0,
                                   "intervalSeconds": 1, "timeoutSeconds": 1, "gracePeriodSeconds": 1}],
                 "portDefinitions": [{"port": 0, "labels": {"VIP_0": "/web:80"}}]})
    wait_until(lambda: "/health signpost" in asked.read_text(), "our own request for the app's health")
    vip = system.vip("web.marathon")
    wait_until(lambda: http("GET", f"http://{vip}/").status == 200, "an answer through the VIP")
