"""Every guide of docs/guides runs as it is written, in a network of its own with the usual ports."""

import subprocess
from pathlib import Path

import pytest
import yaml

from support.guide import files, run_page
from support.name_servers import find
from support.signpost import BINARY
from support.tools import wait_until

# What a page needs beyond a machine with Signpost is made in a test of its own below.
PAGES = ["blue-green-and-canary", "quick-start", "replace-dcos-vips", "replace-marathon-lb", "replace-mesos-dns",
         "secondaries", "troubleshooting"]


@pytest.mark.parametrize("page", PAGES)
def test_a_guide_runs(namespace, tmp_path, page):
    run_page(f"docs/guides/{page}.md", tmp_path, namespace.prefix)


# --- beside other name servers: Signpost at 10.0.0.53 with one service, the other at 10.0.0.54 or 127.0.0.1

SERVICES = """
services:
  web:
    ports: [{port: 80, name: http, vip: "/web:80"}]
    endpoints: [10.1.0.1, 10.1.0.2]
"""


class Host:
    """A network with Signpost, and with another name server that keeps to a guide."""

    def __init__(self, namespace, directory, options):
        self.namespace, self.directory = namespace, directory
        for address in ("10.0.0.53", "10.0.0.54"):
            namespace.run("ip", "address", "add", address + "/32", "dev", "lo")
        for to, by in (("10.0.0.53", "10.0.0.54"), ("10.0.0.54", "10.0.0.53")):  # As two hosts would: not from itself.
            namespace.run("ip", "route", "replace", "local", to, "dev", "lo", "table", "local", "proto", "kernel",
                          "scope", "host", "src", by)
        (directory / "services.yaml").write_text(SERVICES)
        config = {"file": {"path": str(directory / "services.yaml")}, "admin": {"listen": "127.0.0.1:8181"},
                  "state": {"path": str(directory / "state")}, "log": {"level": "debug"},
                  "dns": {"listen": ["10.0.0.53:53"], "workers": 1} | options}
        (directory / "signpost.yaml").write_text(yaml.safe_dump(config))
        self.processes = []
        self.start("signpost", BINARY, "dnsd", "-c", directory / "signpost.yaml")
        wait_until(lambda: "ready" in namespace.get("http://127.0.0.1:8181/readyz"), "readyz")

    def start(self, name, *command):
        log = open(self.directory / f"{name}.log", "wb")
        self.processes.append((log, subprocess.Popen([*self.namespace.prefix, *map(str, command)], stdout=log,
                                                     stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)))

    def dig(self, server, name, kind):
        """What dig prints, sorted; empty while nobody answers."""
        done = subprocess.run([*self.namespace.prefix, "dig", f"@{server}", "+short", "+time=1", "+tries=1", name, kind],
                              capture_output=True, text=True, timeout=30)
        return sorted(done.stdout.split("\n")[:-1]) if done.returncode == 0 else []

    def stop(self):
        for log, process in reversed(self.processes):
            process.terminate()
            process.wait(30)
            log.close()
            print(f"--- {log.name}\n{Path(log.name).read_text(errors='replace')[-8000:]}")


@pytest.fixture
def host(namespace, tmp_path):
    made = []

    def make(**options):
        made.append(Host(namespace, tmp_path, options))
        return made[0]

    yield make
    for one in made:
        one.stop()


def finds_everything(host, server):
    """Whether the names of both zones are found at `server`."""
    addresses = ["10.1.0.1", "10.1.0.2"]
    return (host.dig(server, "web.file.mesos", "A") == addresses
            and [one.split()[2] for one in host.dig(server, "_http._web._tcp.file.mesos", "SRV")] == ["80", "80"]
            and len(host.dig(server, "web.file.l4lb.thisdcos.directory", "A")) == 1)


def unbound(directory, blocks):
    (directory / "mesos.conf").write_text(blocks["mesos.conf"])
    (directory / "unbound.conf").write_text(f"""
server:
  interface: 127.0.0.1
  username: ""
  chroot: ""
  directory: "{directory}"
  pidfile: ""
  use-syslog: no
  num-threads: 1
include: "{directory}/mesos.conf"
""")
    return "unbound", "-d", "-c", directory / "unbound.conf"


def dnsmasq(directory, blocks):
    (directory / "dnsmasq.conf").write_text(f"listen-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\n"
                                            f"pid-file={directory}/dnsmasq.pid\n{blocks['signpost']}")
    return "dnsmasq", "--no-daemon", "-C", directory / "dnsmasq.conf"


BIND = """
options {{
  directory "{directory}"; pid-file none; session-keyfile none; lock-file none;
  listen-on {{ {listen}; }}; listen-on-v6 {{ none; }};
  {options}
}};
controls {{ }};
"""


def bind(directory, blocks):
    options = "recursion yes; allow-recursion { any; }; dnssec-validation auto;\n" + blocks["signpost.options"]
    (directory / "named.conf").write_text(BIND.format(directory=directory, listen="127.0.0.1", options=options)
                                          + blocks["named.conf.local"])
    return "named", "-g", "-n", "1", "-c", directory / "named.conf"


@pytest.mark.parametrize("resolver", [unbound, dnsmasq, bind], ids=lambda one: one.__name__)
def test_the_resolvers_of_the_guide(host, tmp_path, resolver):
    found = host()
    program, *arguments = resolver(tmp_path, files("docs/guides/resolvers.md"))
    found.start(program, find(program), *arguments)
    wait_until(lambda: finds_everything(found, "127.0.0.1"), f"{program} finds everything")
    assert found.dig("127.0.0.1", "none.file.mesos", "A") == []


KNOT = """
server:
  rundir: "{directory}"
  listen: 10.0.0.54
database:
  storage: "{directory}"
template:
  - id: default
    storage: "{directory}"
"""

NSD = """
server:
  ip-address: 10.0.0.54
  username: ""
  chroot: ""
  zonesdir: "{directory}"
  database: ""
  pidfile: "{directory}/nsd.pid"
  xfrdfile: "{directory}/xfrd.state"
  xfrdir: "{directory}"
  zonelistfile: "{directory}/zone.list"
  server-count: 1
remote-control:
  control-enable: no
"""


def knot_copy(directory, blocks):
    (directory / "knot.conf").write_text(KNOT.format(directory=directory) + blocks["knot.conf"])
    return "knotd", "-c", directory / "knot.conf"


def nsd_copy(directory, blocks):
    (directory / "nsd.conf").write_text(NSD.format(directory=directory) + blocks["mesos.conf"])
    return "nsd", "-d", "-c", directory / "nsd.conf"


def bind_copy(directory, blocks):
    (directory / "named.conf").write_text(
        BIND.format(directory=directory, listen="10.0.0.54", options="recursion no;") + blocks["named.conf.local"])
    return "named", "-g", "-n", "1", "-c", directory / "named.conf"


@pytest.mark.parametrize("secondary", [knot_copy, nsd_copy, bind_copy], ids=lambda one: one.__name__)
def test_the_secondaries_of_the_guide(host, tmp_path, secondary):
    keys = tmp_path / "keys"
    keys.write_text("signpost.key c2VjcmV0IG9mIHR3byBzZXJ2ZXJz\n")
    found = host(transfer_to=["10.0.0.54"], transfer_key_file=str(keys), notify=["10.0.0.54:53"])
    program, *arguments = secondary(tmp_path, files("docs/guides/secondaries.md"))
    found.start(program, find(program), *arguments)
    wait_until(lambda: finds_everything(found, "10.0.0.54"), f"{program} has both zones", 60)
    new = tmp_path / "new.yaml"
    new.write_text(SERVICES.replace("10.1.0.2]", "10.1.0.3]"))
    new.rename(tmp_path / "services.yaml")
    wait_until(lambda: found.dig("10.0.0.54", "web.file.mesos", "A") == ["10.1.0.1", "10.1.0.3"],
               f"{program} has the change")
