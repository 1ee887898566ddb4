"""A process passes to the next, or takes up a new configuration, and no client notices."""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time

import dns.message
import dns.query
import pytest
import yaml
from support.signpost import BINARY, Process, without_net_admin
from support.tools import free_ports, http, wait_until

ANSWER = b"pong" * 8


class Backend:
    """Answers each request line over TCP, sums up uploads, and echoes datagrams."""

    def __init__(self):
        self.tcp = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(self.tcp.getsockname())
        self.address = "127.0.0.1:%d" % self.tcp.getsockname()[1]
        self.udp_peers = set()
        for work in (self.accept, self.echo):
            threading.Thread(target=work, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            self.answer(client)
        except OSError:
            pass  # One that was being connected as the next process took over.

    @staticmethod
    def answer(client):
        with client, client.makefile("rb") as lines:
            for line in lines:
                if line.startswith(b"upload"):
                    size = int(line.split()[1])
                    total = 0
                    while size:
                        piece = lines.read(min(size, 1 << 16))
                        if not piece:
                            return
                        size -= len(piece)
                        total = (total * 31 + sum(piece[::997])) % (1 << 61)
                    client.sendall(b"%d\n" % total)
                else:
                    client.sendall(ANSWER + b" " + line)

    def echo(self):
        while True:
            try:
                data, peer = self.udp.recvfrom(2048)
            except OSError:
                return
            self.udp_peers.add(peer)
            self.udp.sendto(data, peer)

    def close(self):
        self.tcp.close()
        self.udp.close()


class World:
    """A Signpost whose VIPs lead to a backend of our own; can be started again and again."""

    def __init__(self, directory, **more):
        self.directory = directory
        self.backend = Backend()
        port, udp_port, dns_port, admin = free_ports(4)
        self.dns = ("127.0.0.1", dns_port)
        self.admin = f"http://127.0.0.1:{admin}"
        self.config = {
            "dns": {"listen": [f"127.0.0.1:{dns_port}"], "workers": 2, "zones": ["example.test"],
                    "records": ["www.example.test A 192.0.2.1"]},
            "vip": {"workers": 2, "fixed": [
                f"/lines:{port} {self.backend.address}", f"/echo:{udp_port} udp {self.backend.address}"]},
            "admin": {"listen": f"127.0.0.1:{admin}"},
            "probe": {"enabled": False},
            "process": {"handover_path": str(directory / "handover"), "drain_timeout": "3s"},
            "log": {"level": "debug"},
        }
        for section, values in more.items():
            self.config.setdefault(section, {}).update(values)
        self.path = directory / "signpost.yaml"
        self.write()
        self.processes = []
        self.start()
        self.wait_for("serving")
        self.vip, self.udp_vip = (self.address("lines"), port), (self.address("echo"), udp_port)
        wait_until(self.listens, "an open VIP")

    def address(self, name):
        query = dns.message.make_query(f"{name}.config.l4lb.thisdcos.directory", "A")
        reply = wait_until(lambda: dns.query.udp(query, self.dns[0], port=self.dns[1], timeout=5).answer,
                           f"the address of {name}")
        return reply[0][0].to_text()

    def listens(self):
        try:
            socket.create_connection(self.vip, timeout=10).close()
            return True
        except OSError:
            return False

    def write(self, text=None):
        self.path.write_text(text or yaml.safe_dump(self.config))

    def start(self):
        number = len(self.processes)
        process = Process(["run", "-c", self.path], self.directory / f"log{number}",
                          prefix=without_net_admin())
        self.processes.append(process)
        return process

    @property
    def process(self):
        return self.processes[-1]

    def wait_for(self, what):
        def serves():
            assert self.process.running(), self.process.output()
            try:
                return http("GET", self.admin + "/readyz").status == 200
            except OSError:
                return False

        wait_until(serves, what)

    def restart(self):
        """The next one takes over; the one before ends by itself."""
        before = self.process
        after = self.start()
        wait_until(lambda: "took over from" in after.output() or not after.running(), "a successor")
        assert after.running(), after.output()
        assert before.popen.wait(30) == 0, before.output()
        return after

    def metric(self, name):
        for line in http("GET", self.admin + "/metrics").text.splitlines():
            if line.startswith(name + " ") or line.startswith(name + "{"):
                return float(line.rsplit(" ", 1)[1])
        return None

    def close(self):
        for process in self.processes:
            process.stop()
            print(f"--- {process.log_path}\n{process.output()[-6000:]}")
        self.backend.close()


@pytest.fixture
def world(tmp_path):
    made = []

    def make(**more):
        made.append(World(tmp_path, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


class Load:
    """Clients of every kind, each on a thread; `failures` says what any of them saw go wrong."""

    def __init__(self, world):
        self.world = world
        self.ended = threading.Event()
        self.failures = []
        self.counts = {}
        self.threads = [threading.Thread(target=self.run, args=(work,)) for work in (
            self.short, self.short, self.kept, self.upload, self.flow, self.dns_udp, self.dns_tcp,
            self.dns_kept)]
        for thread in self.threads:
            thread.start()

    def run(self, work):
        name = work.__name__
        try:
            for _ in work():
                self.counts[name] = self.counts.get(name, 0) + 1
                if self.ended.is_set():
                    return
        except Exception as error:  # pylint: disable=broad-except
            self.failures.append(f"{name} after {self.counts.get(name, 0)}: {error!r}")

    def connect(self):
        return socket.create_connection(self.world.vip, timeout=20)

    @staticmethod
    def ask(client, number):
        client.sendall(b"%d\n" % number)
        wanted = ANSWER + b" %d\n" % number
        got = b""
        while len(got) < len(wanted):
            piece = client.recv(4096)
            assert piece, f"closed after {got!r}"
            got += piece
        assert got == wanted, got

    def short(self):
        for number in range(1 << 30):
            with self.connect() as client:
                self.ask(client, number)
            yield

    def kept(self):
        with self.connect() as client:
            for number in range(1 << 30):
                self.ask(client, number)
                yield

    def upload(self):
        piece = os.urandom(1 << 16)
        with self.connect() as client:
            while True:
                client.sendall(b"upload %d\n" % (64 * len(piece)))
                total = 0
                for _ in range(64):
                    client.sendall(piece)
                    total = (total * 31 + sum(piece[::997])) % (1 << 61)
                got = b""
                while not got.endswith(b"\n"):
                    more = client.recv(64)
                    assert more, "closed amid an upload"
                    got += more
                assert int(got) == total
                yield

    def flow(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(10)
            client.connect(self.world.udp_vip)
            for number in range(1 << 30):
                client.send(struct.pack("!I", number))
                assert client.recv(64) == struct.pack("!I", number)
                yield

    QUERY = dns.message.make_query("www.example.test", "A")

    def dns_udp(self):
        while True:
            reply = dns.query.udp(self.QUERY, *self.world.dns[:1], port=self.world.dns[1], timeout=5)
            assert reply.answer
            yield

    def dns_tcp(self):
        while True:
            reply = dns.query.tcp(self.QUERY, self.world.dns[0], port=self.world.dns[1], timeout=5)
            assert reply.answer
            yield

    def dns_kept(self):
        wire = self.QUERY.to_wire()
        with socket.create_connection(self.world.dns, timeout=5) as client:
            while True:
                client.sendall(struct.pack("!H", len(wire)) + wire)
                length = struct.unpack("!H", self.exactly(client, 2))[0]
                assert dns.message.from_wire(self.exactly(client, length)).answer
                yield

    @staticmethod
    def exactly(client, size):
        got = b""
        while len(got) < size:
            piece = client.recv(size - len(got))
            assert piece, "closed"
            got += piece
        return got

    def wait_for_more(self):
        """Every client was served again."""
        before = dict(self.counts)
        wait_until(lambda: self.failures or all(
            self.counts.get(t, 0) > before.get(t, 0) + 1 for t in
            ("short", "kept", "upload", "flow", "dns_udp", "dns_tcp", "dns_kept")), "more answers")

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(30)
        return self.failures


def test_five_restarts_under_load_fail_nobody(world):
    system = world()
    load = Load(system)
    try:
        for _ in range(5):
            load.wait_for_more()
            system.restart()
        load.wait_for_more()
    finally:
        failures = load.stop()
    assert failures == []
    assert len(system.backend.udp_peers) == 1, "the flow kept its backend's socket"
    assert [p.running() for p in system.processes] == [False] * 5 + [True]


def test_five_reloads_under_load_fail_nobody(world):
    system = world()
    load = Load(system)
    try:
        for number in range(5):
            load.wait_for_more()
            system.config["dns"]["records"] = ["www.example.test A 192.0.2.1",
                                               f"n{number}.example.test A 192.0.2.2"]
            system.write()
            system.process.popen.send_signal(signal.SIGHUP)
            wait_until(lambda: system.process.output().count("reloaded paused") == number + 1, "a reload")
            query = dns.message.make_query(f"n{number}.example.test", "A")
            assert dns.query.udp(query, system.dns[0], port=system.dns[1], timeout=5).answer
        load.wait_for_more()
    finally:
        failures = load.stop()
    assert failures == []
    assert system.metric("signpost_config_last_reload_successful") == 1


def test_a_slow_client_of_the_api_has_its_whole_answer(world, tmp_path):
    listed = tmp_path / "services.yaml"
    service = {"ports": [{"port": 80}], "endpoints": ["192.0.2.1", "192.0.2.2", "192.0.2.3"]}
    listed.write_text(json.dumps({"services": {f"service-{number}": service for number in range(10_000)}}))
    system = world(file={"path": str(listed)}, process={"drain_timeout": "1m"})
    before = system.process
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)  # So that most of it stays with the server.
        client.connect(("127.0.0.1", int(system.admin.rsplit(":", 1)[1])))
        client.sendall(b"GET /v1/services HTTP/1.1\r\nHost: signpost\r\nConnection: close\r\n\r\n")
        heard = client.recv(1024)
        system.start()
        wait_until(lambda: "took over from" in system.process.output(), "a successor")
        for _ in range(12):  # Slower than the least time for which one stays that has given all away.
            heard += client.recv(1024)
            time.sleep(0.2)
        while piece := client.recv(1 << 20):
            heard += piece
    assert before.popen.wait(30) == 0, before.output()
    assert len(json.loads(heard.partition(b"\r\n\r\n")[2])["services"]) == 10_002


def test_a_bad_configuration_changes_nothing(world):
    system = world()
    client = socket.create_connection(system.vip, timeout=10)
    Load.ask(client, 1)
    good = system.path.read_text()
    system.write(good + "vipp:\n  workers: 1\n")
    system.process.popen.send_signal(signal.SIGHUP)
    wait_until(lambda: system.metric("signpost_config_last_reload_successful") == 0, "a refusal")
    assert "vipp is not" in system.process.output()
    Load.ask(client, 2)

    taken = socket.create_server(("127.0.0.1", 0))
    system.config["dns"]["listen"].append("127.0.0.1:%d" % taken.getsockname()[1])
    system.write()
    system.process.popen.send_signal(signal.SIGHUP)
    wait_until(lambda: "address already in use" in system.process.output(), "another refusal")
    Load.ask(client, 3)
    with socket.create_connection(system.vip, timeout=10) as another:
        Load.ask(another, 4)

    system.write(good)
    system.process.popen.send_signal(signal.SIGHUP)
    wait_until(lambda: system.metric("signpost_config_last_reload_successful") == 1, "a reload")
    Load.ask(client, 5)


def test_a_successor_that_cannot_begin_leaves_the_old_one_serving(world):
    system = world()
    first = system.process
    client = socket.create_connection(system.vip, timeout=10)
    Load.ask(client, 1)
    taken = socket.create_server(("127.0.0.1", 0))
    system.config["dns"]["listen"].append("127.0.0.1:%d" % taken.getsockname()[1])
    system.write()
    second = system.start()
    assert second.popen.wait(30) == 1
    assert "address already in use; change dns.listen" in second.output()
    wait_until(lambda: "serving on" in first.output(), "the old one")
    Load.ask(client, 2)
    with socket.create_connection(system.vip, timeout=10) as another:
        Load.ask(another, 3)
    assert first.running()


def frame(kind, body=b""):
    return struct.pack("=IHBBIIQ", 0x54504753, 1, kind, 0, 0, 0, len(body)) + body


def read_frame(channel):
    """Its kind; descriptors are closed as they come."""
    head = b""
    while len(head) < 24:
        head += channel.recv(24 - len(head))
    _, _, kind, _, descriptors, _, size = struct.unpack("=IHBBIIQ", head)
    while size:
        size -= len(channel.recv(min(size, 1 << 16)))
    while descriptors:
        _, rights, _, _ = socket.recv_fds(channel, 1, 253)
        descriptors -= len(rights)
        for fd in rights:
            os.close(fd)
        channel.send(b"\0")
    return kind


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_successor_that_dies_amid_the_handover_leaves_the_old_one_serving(world, after):
    """One of our own, which leaves once it has got the letter of that kind."""
    system = world()
    clients = [socket.create_connection(system.vip, timeout=10) for _ in range(10)]
    for number, client in enumerate(clients):
        Load.ask(client, number)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.connect(system.config["process"]["handover_path"])
        channel.sendall(frame(0, b"dns vips "))
        if after >= 1:
            assert read_frame(channel) == 1
        if after >= 3:
            channel.sendall(frame(2))
            assert read_frame(channel) == 3
    wait_until(lambda: "serving on" in system.process.output(), "the old one")
    for number, client in enumerate(clients):
        Load.ask(client, number)
    system.restart()
    for number, client in enumerate(clients):
        Load.ask(client, number)


def test_the_program_starts_its_successor_itself(world):
    system = world()
    client = socket.create_connection(system.vip, timeout=10)
    Load.ask(client, 1)
    system.process.popen.send_signal(signal.SIGUSR2)
    assert system.process.popen.wait(30) == 0
    Load.ask(client, 2)
    pid = int(system.process.output().split("handed over to pid=")[1].split()[0])
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not os.path.exists(system.config["process"]["handover_path"]), "its end")


def test_half_closed_and_greeting_sessions_move(world, tmp_path):
    system = world()
    half = socket.create_connection(system.vip, timeout=10)
    half.sendall(b"1\n")
    half.shutdown(socket.SHUT_WR)
    system.restart()
    got = b""
    while piece := half.recv(4096):
        got += piece
    assert got == ANSWER + b" 1\n"


def test_sigterm_waits_for_sessions_and_refuses_new_ones(world):
    system = world(process={"drain_timeout": "1m"})
    client = socket.create_connection(system.vip, timeout=10)
    Load.ask(client, 1)
    system.process.popen.send_signal(signal.SIGTERM)

    def refused():
        try:
            socket.create_connection(system.vip, timeout=10).close()
        except ConnectionRefusedError:
            return True
        return False

    wait_until(refused, "a closed door")
    Load.ask(client, 2)
    assert dns.query.udp(Load.QUERY, system.dns[0], port=system.dns[1], timeout=5).answer
    client.close()
    assert system.process.popen.wait(30) == 0
    assert not os.path.exists(system.config["process"]["handover_path"])


def test_a_second_signal_ends_at_once(world):
    system = world(process={"drain_timeout": "1h"})
    client = socket.create_connection(system.vip, timeout=10)
    Load.ask(client, 1)
    system.process.popen.send_signal(signal.SIGTERM)
    wait_until(lambda: "stopping" in system.process.output(), "the first signal")
    Load.ask(client, 2)
    system.process.popen.send_signal(signal.SIGTERM)
    assert system.process.popen.wait(30) == 0
    with pytest.raises(ConnectionResetError):
        while client.recv(1):
            pass


def test_other_roles_are_refused(world):
    system = world()
    dnsd = Process(["dnsd", "-c", system.path], system.directory / "dnsd",
                   prefix=without_net_admin())
    assert dnsd.popen.wait(30) == 1
    assert "other roles" in dnsd.output()
    dnsd.log.close()
    wait_until(lambda: "other roles" in system.process.output(), "a refusal")
    assert subprocess.run([BINARY, "check", system.path], check=False).returncode == 0


def test_what_was_learned_of_backends_moves(world):
    """A failing backend is known as such at once, not only after the first checks of the next process."""
    dead = free_ports(1)[0]
    system = world(probe={"enabled": True, "interval": "1s", "timeout": "1s", "fall": 1})
    port = system.vip[1]
    system.config["vip"]["fixed"][0] = f"/lines:{port} {system.backend.address} 127.0.0.1:{dead}"
    system.write()
    system.process.popen.send_signal(signal.SIGHUP)

    def failing():
        text = http("GET", system.admin + "/metrics").text
        return re.search(r'vipd_backends\{[^}]*lines[^}]*"failing"[^}]*\} 1', text) or re.search(
            r'vipd_backends\{[^}]*"failing"[^}]*lines[^}]*\} 1', text)

    wait_until(failing, "a failing backend")
    system.restart()
    assert failing()
