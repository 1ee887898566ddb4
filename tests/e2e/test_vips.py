"""VIPs of the configuration, TLS by server name, metrics and access log, with real clients."""

import contextlib
import ssl
import socket
import subprocess
import threading

import pytest

from support.tools import client, free_ports, run, wait_until


class Server:
    """Talks to each client on a thread of its own."""

    def __init__(self, address="127.0.0.1", port=0):
        self.listener = socket.create_server((address, port))
        self.address, self.port = self.listener.getsockname()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, contextlib.suppress(OSError):  # A health check, which closes at once.
            self.talk(connection)

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class TlsServer(Server):
    """Says its own name to whoever agrees on TLS."""

    def __init__(self, name, folder):
        self.name = name
        self.certificate = folder / f"{name}.pem"
        key = folder / f"{name}.key"
        subprocess.run([client("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                        "-out", self.certificate, "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                        "-days", "2"], check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        super().__init__()

    def talk(self, connection):
        with self.context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(4096)
            body = self.name.encode()
            tls.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            while tls.recv(4096):  # The client ends first: octets left unread would be a reset.
                pass


class Greeter(Server):
    """Says its own address to whoever connects."""

    def talk(self, connection):
        connection.sendall(self.address.encode())


@pytest.fixture
def servers(tmp_path):
    started = [TlsServer(name, tmp_path) for name in ("shop.example", "blog.example")]
    yield started
    for server in started:
        server.stop()


def test_tls_clients_reach_the_vip_of_their_name(start, servers):
    front, shop_vip, blog_vip = free_ports(3)
    shop, blog = servers
    system = start(marathon_url="none", options={
        "marathon": {"urls": []},
        "vip": {"sni_listen": [f"127.0.0.1:{front}"], "access_log": 1000,
                "sni_routes": {"blog.example": f"blog.config:{blog_vip}"},
                "fixed": [f"/shop:{shop_vip} 127.0.0.1:{shop.port} sni=shop.example check=tls",
                          f"/blog:{blog_vip} 127.0.0.1:{blog.port}"]}})
    for vip in ("shop.config", "blog.config"):
        system.vip(vip)

    def ask(server):
        return run(client("curl", "curl"), "--silent", "--show-error", "--max-time", "20",
                   "--cacert", server.certificate, "--resolve", f"{server.name}:{front}:127.0.0.1",
                   f"https://{server.name}:{front}/")

    def reached(server):
        try:
            return ask(server) == server.name
        except AssertionError:
            return False

    for server in servers:
        wait_until(lambda: reached(server), f"{server.name} through the front")
    with pytest.raises(AssertionError):
        run(client("curl", "curl"), "--silent", "--show-error", "--insecure", "--max-time", "20",
            "--resolve", f"other.example:{front}:127.0.0.1", f"https://other.example:{front}/")

    wait_until(lambda: f"session vip=shop.config:{shop_vip}/tcp client=127.0.0.1:" in system.process.output(),
               "a line in the access log")
    line = next(line for line in system.process.output().splitlines() if f"session vip=shop.config:{shop_vip}" in line)
    assert f"backend=127.0.0.1:{shop.port} app=/shop:{shop_vip} tries=1 cause=finished" in line
    text = system.metrics()
    pool = f'vip="shop.config:{shop_vip}/tcp",pool="/shop:{shop_vip}"'
    assert f'signpost_vipd_backend_sessions_total{{{pool},backend="127.0.0.1:{shop.port}"}} ' in text
    assert f'signpost_vipd_pool_sessions_total{{{pool}}} ' in text
    assert 'signpost_vipd_sessions_ended_total{cause="server_name"} 0' not in text


def test_near_backends_are_preferred_while_they_pass(start):
    near = Greeter("127.0.0.1")
    far = Greeter("127.0.0.2", near.port)
    vip_port = free_ports(1)[0]
    system = start(marathon_url="none", options={
        "marathon": {"urls": []}, "node": {"addresses": ["127.0.0.1"]},
        "probe": {"interval": "200ms", "timeout": "200ms", "fall": 1},
        "vip": {"prefer_local": "agent", "balance": "round-robin",
                "fixed": [f"/web:{vip_port} 127.0.0.1:{near.port} 127.0.0.2:{near.port}"]}})
    vip = system.vip("web.config")

    def greeting():
        try:
            with socket.create_connection((vip, vip_port), timeout=20) as one:
                return one.recv(100).decode()
        except OSError:
            return ""

    def passing():
        return [b["state"] for s in system.services()["services"] for v in s["vips"] for b in v["backends"]]

    wait_until(lambda: passing() == ["passing"] * 2, "both backends to pass")
    wait_until(lambda: greeting() == near.address, "the near one")
    assert {greeting() for _ in range(10)} == {near.address}
    near.stop()
    wait_until(lambda: greeting() == far.address, "the far one")
    far.stop()
