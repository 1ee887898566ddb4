"""What a person at a terminal asks a running Signpost: what there is, how it is, and why."""

import contextlib
import json
import os
import pty
import select
import signal
import socket
import subprocess
import termios

import pytest
import yaml

from support.signpost import BINARY
from support.tools import free_ports, wait_until

L4LB = "l4lb.thisdcos.directory"


def signpost(*arguments):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60)


class World:
    """Services of a file: /shop with an endpoint that listens and one that does not, /soon that starts."""

    def __init__(self, start, directory):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        path = directory / "services.yaml"
        path.write_text(yaml.safe_dump({"services": {
            "shop": {"app": "/shop", "ports": [{"port": self.port, "name": "http", "vip": "/shop:8099"}],
                     "endpoints": ["127.0.0.1", "127.0.0.3"], "labels": {"SIGNPOST_DNS_TTL": "7"}},
            "soon": {"app": "/soon", "ports": [{"port": 4000}],
                     "endpoints": [{"address": "127.0.0.4", "state": "starting"}]},
            "gone": {"app": "/gone", "ports": [{"port": 4001}],
                     "endpoints": [{"address": "127.0.0.5", "health": "failing"},
                                   {"address": "127.0.0.6", "state": "draining"}]}}}))
        self.system = start(options={"file": {"path": str(path)}})
        wait_until(lambda: self.checks_are_known(), "both endpoints of /shop have been checked")

    def checks_are_known(self):
        """Both: the one fails and the other passes."""
        words = self.run("endpoints", "/shop").stdout
        return " passing  yes " in words and "refused" in words

    def run(self, *arguments):
        return signpost(*arguments, "--admin", self.system.admin)

    def words(self, *arguments):
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.words(*arguments, "--json"))

    def refusal(self, *arguments):
        done = self.run(*arguments)
        assert done.returncode == 1 and done.stdout == "", done
        return done.stderr


@pytest.fixture
def world(start, tmp_path):
    made = World(start, tmp_path)
    with contextlib.closing(made.listener):
        yield made


def test_services_are_listed(world):
    rows = [line.split() for line in world.words("services").splitlines()]
    assert rows[0] == ["SERVICE", "FRAMEWORK", "TASKS", "RUNNING", "PASSING", "VIPS"]
    assert ["/shop", "file", "2", "2", "1", "shop.file:8099/tcp"] in rows
    assert ["/soon", "file", "1", "0", "0", "-"] in rows
    assert {service["app"] for service in world.json("services")["services"]} == {"/shop", "/soon", "/gone"}


def test_endpoints_say_why_they_do_not_pass(world):
    for name in ("/shop", "shop", "shop.file", "shop.file.mesos", "_http._shop._tcp.file.mesos"):
        words = world.words("endpoints", name)
        assert words.startswith("/shop of file, 2 tasks\n"), (name, words)
    lines = {line.split()[0]: line for line in words.splitlines()[2:]}
    assert " yes " in lines[f"127.0.0.1:{world.port}/tcp"]
    failing = lines[f"127.0.0.3:{world.port}/tcp"]
    assert " no " in failing and "our check fails: " in failing and "shop.file:8099/tcp" in failing
    (service,) = world.json("endpoints", "/gone")["services"]
    whys = {endpoint["endpoint"]: endpoint["why"] for endpoint in service["endpoints"]}
    assert whys == {"127.0.0.5:4001": "the source file says that its health check fails",
                    "127.0.0.6:4001": "it is being killed"}
    assert "there is no service /shpo; did you mean /shop" in world.refusal("endpoints", "/shpo")


def test_a_name_is_explained(world):
    told = world.json("explain", "shop.file.mesos")
    assert told["outcome"] == "answer" and told["rcode"] == "NOERROR"
    assert [record["data"] for record in told["answer"]] == ["127.0.0.1"]
    assert (told["ttl"], told["ttl_by"]) == (7, "SIGNPOST_DNS_TTL of /shop")
    assert told["schemes"] == [{"scheme": "mesos-dns", "domain": "mesos."}]
    out = {member["data"]: member for member in told["members"]}
    assert out["127.0.0.1"]["published"] and out["127.0.0.1"]["why"] == ""
    assert not out["127.0.0.3"]["published"] and "our check fails: " in out["127.0.0.3"]["why"]
    assert out["127.0.0.3"]["task"]["app"] == "/shop"
    assert [source["name"] for source in told["sources"]] == ["file"]
    words = world.words("explain", "shop.file.mesos")
    assert "TTL 7 s, by SIGNPOST_DNS_TTL of /shop" in words and "told by file: " in words

    srv = world.json("explain", "_http._shop._tcp.file.mesos")
    assert srv["type"] == "SRV" and srv["answer"][0]["data"].split()[2] == str(world.port)
    alias = world.json("explain", "shop.file.mesos.thisdcos.directory")
    assert alias["outcome"] == "answer" and alias["aliases"] == ["shop.file.mesos."]
    vip = world.json("explain", f"shop.file.{L4LB}")
    assert [member["vip"] for member in vip["members"]] == ["shop.file:8099/tcp"]
    fixed = world.json("explain", "ready.spartan")
    assert fixed["outcome"] == "answer" and fixed["schemes"][0]["scheme"] == "spartan"


def test_what_a_name_lacks_is_explained(world):
    missing = world.json("explain", "shpo.file.mesos")
    assert missing["outcome"] == "nxdomain" and "shop.file.mesos." in missing["nearest"]
    assert "NXDOMAIN" in world.words("explain", "shpo.file.mesos")
    assert world.json("explain", "soon.file.mesos")["why"].endswith("it is starting")
    nothing = world.json("explain", "shop.file.mesos", "TXT")
    assert nothing["outcome"] == "nodata" and nothing["why"] == "the name has A, and no TXT"
    assert world.json("explain", "_tcp.file.mesos", "A")["why"] == "there are names below it, and no records at it"
    foreign = world.json("explain", "example.org")
    assert foreign["outcome"] == "refused" and "dns.forward_to" in foreign["why"]
    only = world.json("explain", "gone.file.mesos")
    assert only["outcome"] == "answer" and "as no other passes" in only["members"][0]["why"]
    assert "did you mean SRV" in world.refusal("explain", "shop.file.mesos", "SRVV")
    assert "is no domain name" in world.refusal("explain", "shop..mesos")


def test_what_is_forwarded_is_explained(start):
    system = start(role="dnsd", options={"dns": {"forward_to": ["127.0.0.9:53"]}}, wait=False)
    wait_until(lambda: signpost("status", "--admin", system.admin).returncode == 0, "its API")
    told = json.loads(signpost("explain", "example.org", "--json", "--admin", system.admin).stdout)
    assert told["outcome"] == "forwarded" and told["forward_to"] == ["127.0.0.9:53"]
    unknown = json.loads(signpost("explain", "web.marathon.mesos", "--json", "--admin", system.admin).stdout)
    assert unknown["outcome"] == "servfail"


def test_a_vip_is_explained(world):
    told = world.json("explain", "shop.file:8099")
    assert told["vip"] == "shop.file:8099/tcp" and told["address_why"].startswith("the hash of its name in ")
    assert told["labels"] == ["VIP_0=/shop:8099 of /shop"]
    assert told["names"] == [f"shop.file.{L4LB}"]
    assert told["balance"]["by"] == "vip.balance"
    (pool,) = told["pools"]
    assert (pool["pool"], pool["passing"], pool["failing"], pool["weight_by"]) == ("/shop", 1, 1, "default")
    states = {backend["endpoint"]: backend for backend in told["backends"]}
    assert states[f"127.0.0.1:{world.port}"]["state"] == "passing"
    failing = states[f"127.0.0.3:{world.port}"]
    assert failing["state"] == "failing" and "our check fails: " in failing["why"]
    assert failing["check"]["check"] == "tcp" and failing["check"]["failing_seconds"] >= 0
    by_address = world.json("explain", f"{told['address']}:8099")
    assert by_address["vip"] == told["vip"]
    words = world.words("explain", "shop.file:8099")
    assert "label: VIP_0=/shop:8099 of /shop" in words and "tcp (not passing for " in words
    assert "did you mean shop.file:8099/tcp" in world.refusal("explain", "shpo.file:8099")


def test_connections_through_a_vip_are_counted(world):
    address = world.json("explain", "shop.file:8099")["address"]
    client = socket.create_connection((address, 8099), timeout=10)
    client.close()
    wait_until(lambda: world.json("explain", "shop.file:8099")["pools"][0]["sessions"] >= 1, "the session is counted")


def test_a_query_is_answered_as_dig_has_it(world):
    words = world.words("query", "shop.file.mesos")
    first, record = words.splitlines()
    assert "shop.file.mesos. A: NOERROR, authoritative, 1 answer from 127.0.0.1:" in first
    assert record == "shop.file.mesos. 7 IN A 127.0.0.1"
    told = world.json("query", "_http._shop._tcp.file.mesos")
    assert told["type"] == "SRV" and len(told["answers"]) == 1 and len(told["additionals"]) == 1
    missing = world.words("query", "nobody.mesos", "aaaa")
    assert "NXDOMAIN" in missing and " IN SOA ns1.mesos. root.ns1.mesos. " in missing
    host, port = world.system.dns
    assert "127.0.0.1" in signpost("query", "ready.spartan", "--dns", f"{host}:{port}").stdout
    assert "REFUSED" in world.words("query", "example.org")
    assert "did you mean SRV?" in world.refusal("query", "shop.file.mesos", "SVR")
    assert "is no domain name" in world.refusal("query", "a..b")
    assert "--dns nowhere: expected" in world.refusal("query", "a.mesos", "--dns", "nowhere")
    nobody = world.refusal("query", "a.mesos", "--dns", f"127.0.0.1:{free_ports(1)[0]}")
    assert "does not answer" in nobody and "--dns" in nobody


def test_top_prints_one_screen_without_a_terminal(world):
    for arguments in (["top", "--once"], ["top"]):
        lines = world.words(*arguments, "--interval", "0.1").splitlines()
        assert all(len(line) <= 80 for line in lines), lines
        assert lines[0].startswith("signpost top  http://127.0.0.1:")
        assert any(line.startswith("shop.file:8099/tcp ") and "1/1/0" in line for line in lines)
        assert any(line.startswith("file: connected") for line in lines)
    told = world.json("top", "--interval", "0.1")
    (vip,) = [vip for vip in told["vips"] if vip["id"] == "shop.file:8099/tcp"]
    assert vip["connections_per_second"] >= 0 and vip["passing"] == 1
    assert {source["name"] for source in told["sources"]} == {"marathon", "file"}


class TerminalOfTop:
    """`signpost top` on a pseudo-terminal of 80 by 24."""

    def __init__(self, admin):
        self.master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (24, 80))
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        self.process = subprocess.Popen([BINARY, "top", "--interval", "0.1", "--admin", admin], stdin=self.slave,
                                        stdout=self.slave, stderr=self.slave)

    def shows(self, words):
        if select.select([self.master], [], [], 0.1)[0]:
            self.seen += os.read(self.master, 65536)
        return words in self.seen

    def ends_as_it_was(self):
        assert self.process.wait(60) == 0
        wait_until(lambda: self.shows(b"\x1b[?25h\x1b[?1049l"), "it leaves its screen")
        assert termios.tcgetattr(self.slave) == self.before

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.mark.skipif(not hasattr(termios, "tcsetwinsize"), reason="Python is too old to size a terminal")
@pytest.mark.parametrize("end", [b"q", b"\x03", signal.SIGTERM], ids=["q", "ctrl-c", "sigterm"])
def test_top_leaves_the_terminal_as_it_was(world, end):
    top = TerminalOfTop(world.system.admin)
    with contextlib.closing(top):
        wait_until(lambda: top.shows(b"shop.file:8099/tcp"), "its VIP")
        assert b"\x1b[?1049h" in top.seen
        if isinstance(end, bytes):
            os.write(top.master, end)
        else:
            top.process.send_signal(end)
        top.ends_as_it_was()


COMMANDS = (["services"], ["endpoints", "/web"], ["explain", "web.marathon.mesos"], ["explain", "web.marathon:80"],
            ["query", "web.marathon.mesos"], ["top", "--once"], ["status"], ["vips"], ["rollout", "status"])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nobody_answers(command):
    done = signpost(*command, "--admin", f"http://127.0.0.1:{free_ports(1)[0]}")
    assert done.returncode == 1 and done.stdout == ""
    assert "--admin" in done.stderr


@pytest.mark.parametrize("command", (["endpoints"], ["explain"], ["query"], ["top", "--interval", "0"]), ids=" ".join)
def test_a_command_line_that_makes_no_sense(command):
    done = signpost(*command)
    assert done.returncode > 1 and done.stdout == "" and "--help" in done.stderr


def test_a_configuration_is_checked_for_a_program(tmp_path):
    config = tmp_path / "signpost.yaml"
    config.write_text("dns:\n  ttl: 5s\n")
    assert json.loads(signpost("check", "--json", config).stdout) == {"file": str(config), "ok": True, "problems": []}
    config.write_text("dns:\n  tll: 5s\n  ttl: never\n")
    done = signpost("check", "--json", config)
    told = json.loads(done.stdout)
    assert done.returncode == 1 and done.stderr == "" and not told["ok"]
    assert [problem.split(":")[1] for problem in told["problems"]] == ["2", "3"]
