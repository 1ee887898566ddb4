"""What a process started as root gives up, and that everything still works without it."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
import yaml
from scenarios import Unsupported
from scenarios_of_failures import in_own_network
from support.certificates import Certificate
from support.signpost import BINARY, Process
from support.tools import answers, free_ports, http, run, wait_until

NET_BIND_SERVICE, NET_ADMIN = 1 << 10, 1 << 12
USER = "nobody"
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to give up")


def status(pid):
    """The lines of /proc/PID/status, of each of its threads."""
    return [dict(re.findall(r"(\w+):\t(.*)", path.read_text())) for path in Path(f"/proc/{pid}/task").glob("*/status")]


@pytest.fixture
def directory():
    """One that another user reaches; pytest's own is closed to others."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    shutil.copy(BINARY, path / "signpost")  # The build may lie where only root can look.
    yield path
    shutil.rmtree(path)


class OnLowPorts:
    """Ports 53 and 80, and the real pool of VIPs: in a network of its own."""

    def __init__(self, directory):
        self.home, self.config = directory / "home", directory / "signpost.yaml"
        self.home.mkdir()
        shutil.chown(self.home, USER)
        self.services, (backend, self.admin_port) = directory / "services.yaml", free_ports(2)
        self.services.write_text(yaml.safe_dump({"services": {"web": {
            "ports": [{"port": backend, "vip": "/web:80"}], "endpoints": ["127.0.0.1"]}}}))
        self.services.chmod(0o644)
        self.backend = subprocess.Popen(["/usr/bin/python3", "-m", "http.server", "-b", "127.0.0.1", "-d", directory, str(backend)],
                                        stderr=subprocess.DEVNULL)
        self.admin = f"http://127.0.0.1:{self.admin_port}"
        self.settings = {
            "file": {"path": str(self.services)}, "dns": {"listen": ["127.0.0.1:53"]}, "admin": {"listen": self.admin[7:]},
            "state": {"path": str(self.home / "state")}, "log": {"level": "info"},
            "process": {"user": USER, "handover_path": str(self.home / "next")}}
        self.write()
        self.log = directory / "log"

    def write(self):
        self.config.write_text(yaml.safe_dump(self.settings))
        self.config.chmod(0o644)

    def serve(self, role="run"):
        self.process = Process([role, "-c", self.config], self.log, binary=self.config.parent / "signpost")
        wait_until(lambda: answers(self.admin + "/readyz") or not self.process.running(), "readyz")
        assert self.process.running(), self.process.output()

    def works(self, port=53):
        address = run("dig", "+short", "-p", str(port), "@127.0.0.1", "web.file.l4lb.thisdcos.directory").strip()
        assert address.startswith("11."), "the pool is local to this host"
        return wait_until(lambda: answers(f"http://{address}/"), "the VIP answers")

    def reload(self):
        self.write()
        before = self.process.output().count(" reloaded paused=")
        self.process.popen.send_signal(signal.SIGHUP)
        wait_until(lambda: self.process.output().count(" reloaded paused=") > before, "the reload")

    def stop(self):
        self.process.stop()
        self.backend.kill()
        self.backend.wait()


def check_status(pid, capabilities, seccomp=True):
    uid = run("id", "-u", USER).strip()
    for thread in status(pid):
        assert set(thread["Uid"].split()) == {uid}, thread
        assert {int(thread[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {capabilities}, thread
        assert int(thread["CapAmb"], 16) == 0, "commands of checks would have it"
        assert (thread["Seccomp"], thread["NoNewPrivs"]) == (("2", "1") if seccomp else ("0", "0"))


def everything_works(directory):
    world = OnLowPorts(directory)
    try:
        world.serve()
        check_status(world.process.pid, NET_BIND_SERVICE | NET_ADMIN)
        world.works()
        wait_until((world.home / "state").exists, "the state on disk")
        assert (world.home / "state").stat().st_uid != 0

        world.settings["dns"]["listen"].append("127.0.0.1:54")  # Low, too, and not bound before.
        world.reload()
        world.works(port=54)

        world.process.popen.send_signal(signal.SIGUSR2)
        assert world.process.popen.wait(30) == 0, world.process.output()
        (successor,) = re.findall(r"started pid=(\d+) to take over", world.process.output())
        check_status(successor, NET_BIND_SERVICE | NET_ADMIN)
        world.works()
        assert status(successor)[0]["Seccomp_filters"] == "1", "one for each hand-over"
        os.kill(int(successor), signal.SIGTERM)
        wait_until(lambda: not Path(f"/proc/{successor}").exists(), "the end")
        assert "11.0.0.0/8" not in run("ip", "route", "show", "table", "local"), world.process.output()
    finally:
        world.stop()


def names_need_less(directory):
    world = OnLowPorts(directory)
    world.settings["process"].update(seccomp=False, handover_path="")
    world.write()
    try:
        world.serve("dnsd")
        check_status(world.process.pid, NET_BIND_SERVICE, seccomp=False)
    finally:
        world.stop()


@ROOT
@pytest.mark.parametrize("play", [everything_works, names_need_less])
def test_another_user_does_with_few_capabilities(play, directory):
    try:
        in_own_network(play, directory)
    except Unsupported as why:
        pytest.skip(str(why))


def refusal(directory, prefix=(), **options):
    """What it says when it does not start."""
    config = directory / "signpost.yaml"
    config.write_text(yaml.safe_dump({"dns": {"listen": ["127.0.0.1:0"]}, "admin": {"listen": "127.0.0.1:0"}} | options))
    config.chmod(0o644)
    done = subprocess.run([*prefix, directory / "signpost", "dnsd", "-c", config], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stderr
    return done.stderr


def test_a_user_has_to_exist(directory):
    assert "process.user: there is no user 'nobody-at-all'; add it" in refusal(directory, process={"user": "nobody-at-all"})


@ROOT
def test_only_root_becomes_another(directory):
    said = refusal(directory, prefix=("setpriv", "--reuid=65534", "--clear-groups"), process={"user": "daemon"})
    assert "process.user: only root can become 'daemon'" in said


@ROOT
@pytest.mark.parametrize("option, settings", [("state.path", {"state": {"path": "{}/state"}}),
                                              ("process.handover_path", {"process": {"handover_path": "{}/next"}})])
def test_the_user_has_to_write_where_it_is_told(directory, option, settings):
    (section, values), = settings.items()
    values = {key: value.format(directory) for key, value in values.items()}
    options = {section: values} | ({"process": {"user": USER} | (values if section == "process" else {})})
    said = refusal(directory, **options)
    assert f"{option}: user '{USER}' of process.user cannot write in {directory}" in said


def test_what_starts_programs_later_needs_a_restart(start):
    """A label may hold a command only where one could from the start."""
    system = start(role="dnsd", marathon_url="http://127.0.0.1:9", options={"file": {"path": "/dev/null"}}, wait=False)
    wait_until(lambda: answers(system.admin + "/healthz"), "the API")
    assert {thread["Seccomp"] for thread in status(system.process.pid)} == {"2"}
    settings = yaml.safe_load(system.config_path.read_text())
    system.config_path.write_text(yaml.safe_dump(settings | {"probe": {"commands_in_labels": True}}))
    system.process.popen.send_signal(signal.SIGHUP)
    wait_until(lambda: "process.seccomp has refused since this process began; restart it" in system.process.output(), "the refusal")
    assert "signpost_config_last_reload_successful 0" in system.metrics()


def test_commands_of_checks_run_beside_what_is_refused(start, tmp_path):
    services, check, done = tmp_path / "services.yaml", tmp_path / "check", tmp_path / "done"
    check.write_text(f"#!/bin/sh\ngrep -E '^(CapAmb|Seccomp):' /proc/self/status > {done}.new && mv {done}.new {done}\n")
    check.chmod(0o755)
    services.write_text(yaml.safe_dump({"services": {"web": {
        "ports": [{"port": 8000, "vip": "/web:80"}], "endpoints": ["127.0.0.1"], "labels": {"SIGNPOST_CHECK": f"command {check}"}}}}))
    system = start(role="vipd", marathon_url="http://127.0.0.1:9",
                   options={"file": {"path": str(services)}, "marathon": {"urls": []}, "probe": {"commands_in_labels": True}})
    wait_until(done.exists, "the check to run")
    assert done.read_text() == "CapAmb:\t0000000000000000\nSeccomp:\t2\n"
    assert http("GET", system.admin + "/v1/services").json()["services"]


def test_a_token_that_others_may_hear_is_told(start, tmp_path):
    token, (port,) = tmp_path / "token", free_ports(1)
    token.write_text("secret\n")
    system = start(role="dnsd", marathon_url="http://127.0.0.1:9", wait=False,
                   options={"admin": {"listen": f"0.0.0.0:{port}", "token_file": str(token)}})
    wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the API")
    assert "is not on loopback, and the token of admin.token_file comes there in plain HTTP" in system.process.output()
    certificate = Certificate(tmp_path, of="IP:127.0.0.1")
    settings = yaml.safe_load(system.config_path.read_text())
    settings["admin"] |= {"tls_certificate_file": str(certificate.file), "tls_key_file": str(certificate.key)}
    system.config_path.write_text(yaml.safe_dump(settings))
    system.process.popen.send_signal(signal.SIGHUP)
    wait_until(lambda: answers(f"https://127.0.0.1:{port}/healthz", ca=certificate.file), "the API over HTTPS")
    assert system.process.output().count("comes there in plain HTTP") == 1
