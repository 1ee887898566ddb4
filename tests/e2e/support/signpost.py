"""Starts the executable under test, and knows where its parts are reached."""

import os
import signal
import subprocess
from pathlib import Path

import dns.message
import dns.query
import yaml

from .tools import SOURCE, answers, free_ports, http, wait_until

BINARY = Path(os.environ.get("SIGNPOST_BIN", SOURCE / "build/dev/signpost"))


class Process:
    """A child whose output is kept and shown when a test fails."""

    def __init__(self, arguments, log_path, prefix=(), binary=BINARY):
        assert binary.exists(), f"{binary} is not built: ./dev build"
        self.log_path = log_path
        self.log = open(log_path, "wb")
        self.popen = subprocess.Popen([*prefix, binary, *arguments], stdout=self.log,
                                      stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    @property
    def pid(self):
        return self.popen.pid

    def output(self):
        return self.log_path.read_text(errors="replace")

    def running(self):
        return self.popen.poll() is None

    def stop(self, with_signal=signal.SIGTERM):
        """Ends it and returns its exit status."""
        if self.running():
            self.popen.send_signal(with_signal)
        try:
            return self.popen.wait(30)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise AssertionError(f"did not end on signal {with_signal}:\n{self.output()}")
        finally:
            self.log.close()


class Signpost:
    """A whole system on free loopback ports: by default with an embedded Marathon."""

    def __init__(self, directory, role="run", marathon_url=None, options=None, wait=True, prefix=(), dns_at=("127.0.0.1",)):
        """dns_at: where names are answered; asked is the first."""
        marathon, dns_port, admin = free_ports(3)
        self.role = role
        self.marathon = marathon_url or f"http://127.0.0.1:{marathon}"
        self.dns = (dns_at[0], dns_port)
        self.admin = f"http://127.0.0.1:{admin}"
        config = {
            "marathon": {"urls": [self.marathon]},
            "dns": {"listen": [f"{host}:{dns_port}" for host in dns_at], "workers": 1},
            "vip": {"service_address": "127.0.0.1", "workers": 1},
            "admin": {"listen": f"127.0.0.1:{admin}"},
            "minimarathon": {"listen": f"127.0.0.1:{marathon}"},
            "log": {"level": "debug"},
        }
        for section, values in (options or {}).items():
            config.setdefault(section, {}).update(values)
        self.directory = directory
        self.config_path = directory / "signpost.yaml"
        self.config_path.write_text(yaml.safe_dump(config))
        arguments = [role, "-c", self.config_path]
        if role == "run" and marathon_url is None:
            arguments.append("--with-marathon")
        # VIPs of the tests are loopback addresses, whoever runs them: without CAP_NET_ADMIN the
        # pool falls back to 127.128.0.0/9.
        self.process = Process(arguments, directory / "signpost.log",
                               prefix=(*prefix, *without_net_admin()))
        if wait:
            self.wait_ready()

    def wait_ready(self):
        def ready():
            assert self.process.running(), f"ended:\n{self.process.output()}"
            return answers(self.admin + "/readyz")

        wait_until(ready, "readyz")

    def stop(self, with_signal=signal.SIGTERM):
        return self.process.stop(with_signal)

    # --- Marathon

    def post(self, app):
        """Creates an app and returns the answer, which must be 201."""
        answer = http("POST", self.marathon + "/v2/apps", app)
        assert answer.status == 201, f"{answer.status} {answer.text}"
        return answer.json()

    def tasks(self, app):
        """The app's running tasks."""
        answer = http("GET", f"{self.marathon}/v2/apps/{app.strip('/')}/tasks")
        if answer.status == 404:
            return []
        return [t for t in answer.json()["tasks"] if t["state"] == "TASK_RUNNING"]

    def wait_tasks(self, app, count):
        return wait_until(lambda: len(self.tasks(app)) == count and self.tasks(app),
                          f"{count} running tasks of {app}") if count else wait_until(
                              lambda: not self.tasks(app), f"no task of {app}")

    # --- DNS

    def query(self, name, rdtype, tcp=False, **options):
        """One query by dnspython; returns the whole message."""
        return self.ask(dns.message.make_query(name, rdtype, **options), tcp)

    def ask(self, message, tcp=False):
        """Sends a message of dnspython's and returns the reply."""
        ask = dns.query.tcp if tcp else dns.query.udp
        return ask(message, self.dns[0], port=self.dns[1], timeout=5)

    def addresses(self, name, rdtype="A"):
        """The texts of the answer's records of that type, sorted."""
        found = self.query(name, rdtype).answer
        return sorted(r.to_text() for rrset in found for r in rrset)

    def vip(self, name):
        """The address of a named VIP, as soon as there is one."""
        return wait_until(lambda: self.addresses(f"{name}.l4lb.thisdcos.directory"),
                          f"VIP {name}")[0]

    # --- admin

    def services(self):
        return http("GET", self.admin + "/v1/services").json()

    def metrics(self):
        return http("GET", self.admin + "/metrics").text


def without_seccomp(sanitized=True):
    """Options for a sanitized program, whose search for leaks traces the process at its end."""
    return {"process": {"seccomp": False}} if sanitized else {}


def without_net_admin():
    """A command prefix that takes CAP_NET_ADMIN away, so that VIPs are loopback addresses."""
    if os.geteuid() != 0:
        return ()
    return ("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin")
