"""Every guide of docs/guides runs as it is written, in a network of its own with the usual ports."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from support.guide import blocks, files, run_page, typed
from support.name_servers import Nsd, find
from support.signpost import BINARY
from support.tools import SOURCE, http, run, wait_until

# What a page needs beyond a machine with Signpost is made in a test of its own below.
PAGES = ["blue-green-and-canary", "quick-start", "replace-dcos-vips", "replace-marathon-lb", "replace-mesos-dns",
         "secondaries", "troubleshooting"]


@pytest.mark.parametrize("page", PAGES)
def test_a_guide_runs(namespace, tmp_path, page):
    run_page(f"docs/guides/{page}.md", tmp_path, namespace.at(tmp_path))


# --- beside other name servers: Signpost at 10.0.0.53 with one service, the other at 10.0.0.54 or 127.0.0.1

SERVICES = """
services:
  web:
    ports: [{port: 80, name: http, vip: "/web:80"}]
    endpoints: [10.1.0.1, 10.1.0.2]
  cart:
    framework: marathon
    endpoints: 10.1.0.9
"""


class Host:
    """A network with Signpost, and with another name server that keeps to a guide."""

    def __init__(self, namespace, directory, options, admin):
        self.namespace, self.directory = namespace, directory
        for address in ("10.0.0.53", "10.0.0.54"):
            namespace.run("ip", "address", "add", address + "/32", "dev", "lo")
        for to, by in (("10.0.0.53", "10.0.0.54"), ("10.0.0.54", "10.0.0.53")):  # As two hosts would: not from itself.
            namespace.run("ip", "route", "replace", "local", to, "dev", "lo", "table", "local", "proto", "kernel",
                          "scope", "host", "src", by)
        (directory / "services.yaml").write_text(SERVICES)
        config = {"file": {"path": str(directory / "services.yaml")}, "admin": admin,
                  "state": {"path": str(directory / "state")}, "log": {"level": "debug"},
                  "dns": {"listen": ["10.0.0.53:53"], "workers": 1} | options}
        (directory / "signpost.yaml").write_text(yaml.safe_dump(config))
        self.processes = []
        self.enter = namespace.at(directory)
        self.environment = os.environ | {"PATH": f"{BINARY.parent}:{os.environ['PATH']}"}
        self.start("signpost", BINARY, "dnsd", "-c", directory / "signpost.yaml")
        wait_until(lambda: "ready" in namespace.get(f"http://{admin['listen']}/readyz"), "readyz")

    def start(self, name, *command):
        log = open(self.directory / f"{name}.log", "wb")
        self.processes.append((log, subprocess.Popen([*self.enter, *map(str, command)], stdout=log, stderr=subprocess.STDOUT,
                                                     stdin=subprocess.DEVNULL, env=self.environment)))

    def type(self, command):
        """What a command of the page prints, once it succeeds."""
        def typed():
            done = subprocess.run([*self.enter, "bash", "-c", command], capture_output=True, text=True, timeout=60,
                                  env=self.environment)
            return [done.stdout] if done.returncode == 0 else None

        return wait_until(typed, command)[0]

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

    def make(admin=None, **options):
        made.append(Host(namespace, tmp_path, options, admin or {"listen": "127.0.0.1:8181"}))
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


def expect_right_answers(host, server):
    """What the page promises of a resolver at `server`, up to its last block."""
    wait_until(lambda: finds_everything(host, server), f"{server} finds everything")
    assert host.dig(server, "none.file.mesos", "A") == []
    resolv_conf = host.directory / "resolv.conf"
    resolv_conf.write_text(f"nameserver {server}\n")
    host.namespace.use_resolver(resolv_conf)
    assert [host.type(command) for command in typed("docs/guides/resolvers.md")] == ["10.1.0.9\n", "10.1.0.9\n"]


@pytest.mark.parametrize("resolver", [unbound, dnsmasq, bind], ids=lambda one: one.__name__)
def test_the_resolvers_of_the_guide(host, tmp_path, resolver):
    found = host()
    program, *arguments = resolver(tmp_path, files("docs/guides/resolvers.md"))
    found.start(program, find(program), *arguments)
    expect_right_answers(found, "127.0.0.1")


# Installed, it takes over the host's names: `./dev test e2e` only unpacks it.
RESOLVED = [Path("/lib/systemd/systemd-resolved"), SOURCE / "build/systemd-resolved/lib/systemd/systemd-resolved"]
# It wants a link that leads somewhere, a /run of its own, and not to be root there, which it would cease to be.
FURNISH = """
set -e
ip link add link-0 type veth peer name link-1
ip link set link-0 up
ip link set link-1 up
ip address add 192.0.2.1/24 dev link-0
mount -t tmpfs none /run
mkdir -p /run/systemd/resolve /run/systemd/resolved.conf.d
cp signpost.conf /run/systemd/resolved.conf.d/
echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start
"""


def test_systemd_resolved_of_the_guide(host, tmp_path):
    there = [path for path in RESOLVED if path.exists()]
    if not there:
        pytest.skip("systemd-resolved is missing: ./dev test e2e unpacks it")
    found = host()
    (tmp_path / "signpost.conf").write_text(files("docs/guides/resolvers.md")["signpost.conf"])
    run(*found.enter, "sh", "-c", FURNISH)
    found.start("resolved", "unshare", "--user", "--map-user=1", "--keep-caps", there[0])
    expect_right_answers(found, "127.0.0.53")


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


def knot_copy(directory, blocks):
    (directory / "knot.conf").write_text(KNOT.format(directory=directory) + blocks["knot.conf"])
    return "knotd", "-c", directory / "knot.conf"


def nsd_copy(directory, blocks):
    (directory / "nsd.conf").write_text(Nsd.ALONE.format(directory=directory, listen="10.0.0.54") + blocks["mesos.conf"])
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
    *serials, figures = typed("docs/guides/secondaries.md")
    wait_until(lambda: len({found.type(command) for command in serials}) == 1, "equal serials")
    assert "signpost_dnsd_transfers_total{" in found.type(figures)


def test_the_comparison_with_mesos_dns(host, tmp_path):
    """Another Signpost stands for Mesos-DNS, with its ports; a name that ours tells otherwise is told."""
    mesos_dns_listen = ["0.0.0.0:8123"]
    found = host(admin={"listen": "127.0.0.1:8182", "mesos_dns_listen": mesos_dns_listen})
    ours = tmp_path / "ours.yaml"
    ours.write_text(SERVICES)
    (tmp_path / "signpost.yaml").write_text(yaml.safe_dump({
        "file": {"path": str(ours)}, "dns": {"listen": ["10.0.0.53:53"], "workers": 1},
        "admin": {"mesos_dns_listen": mesos_dns_listen}}))
    (tmp_path / "names-that-matter").write_text("_http._web._tcp.file.mesos\ncart.marathon.mesos\n")
    other_port, begin, status, compare = typed("docs/guides/replace-mesos-dns.md")
    found.type(other_port)
    found.start("beside", "bash", "-c", "exec " + begin.removesuffix(" &"))
    wait_until(lambda: "in step with its sources" in found.type(status), "it is in step")
    assert found.type(compare) == ""
    (tmp_path / "new.yaml").write_text(SERVICES.replace("port: 80", "port: 81"))
    (tmp_path / "new.yaml").rename(ours)
    wait_until(lambda: "> 0 1 81 web-" in found.type(compare), "the difference")


def test_the_addresses_of_a_node_of_dcos(namespace, tmp_path):
    """The commands of the guide's unit, as systemd would run them; twice, as after the old device is still there."""
    unit = files("docs/guides/replace-dcos-vips.md")["spartan-addresses.service"]
    commands = [line.partition("=")[2].replace("$$", "$") for line in unit.splitlines() if line.startswith("ExecStart=")]
    assert commands
    for command in commands * 2:
        namespace.run(*shlex.split(command))
    there = namespace.run("ip", "-brief", "address", "show", "dev", "lo")
    assert all(f"198.51.100.{n}/32" in there for n in (1, 2, 3)), there


# --- pages whose commands speak to a Signpost that runs already

# As the pages have it, but a refusal fails the test.
STRICT_CURL = 'curl() { command curl -sS --fail-with-body "$@"; }\n'
SIMPLE = {"type": "DOCKER", "docker": {"image": "mhausenblas/simpleservice:0.3.0", "network": "HOST"}}


@pytest.fixture
def shop(start, tmp_path):
    """Two pools of shop.marathon:80, one instance each, and what a shell needs to change their shares."""
    token = tmp_path / "token"
    token.write_text("a token of ours\n")
    (tmp_path / "bash_env").write_text(STRICT_CURL)
    system = start(options={"admin": {"token_file": str(token)}, "rollout": {"scale": True}})
    for app in ("/blue", "/green"):
        system.post({"id": app, "instances": 1, "container": SIMPLE,
                     "portDefinitions": [{"port": 0, "labels": {"VIP_0": "/shop:80"}}]})
    wait_until(lambda: sum(pool["passing"] for vip in http("GET", system.admin + "/v1/vips").json()["vips"]
                           for pool in vip["pools"]) == 2, "both pools pass")
    system.shell = os.environ | {
        "ADMIN": system.admin, "SIGNPOST_ADMIN": system.admin, "TOKEN": token.read_text().strip(), "no_proxy": "*",
        "SIGNPOST_TOKEN_FILE": str(token), "BASH_ENV": str(tmp_path / "bash_env"),
        "PATH": f"{BINARY.parent}:{os.environ['PATH']}"}
    return system


def test_the_page_of_rollouts(shop):
    """Block by block; what one began is over when the next begins."""
    (task,) = shop.tasks("blue")
    world = {"/etc/signpost/token": shop.shell["SIGNPOST_TOKEN_FILE"], "10.0.0.7:31000": f"{task['host']}:{task['ports'][0]}",
             "10.0.0.7": task["host"], "web.instance-0815._app.1": task["id"]}
    scripts = [text for kind, text in blocks("docs/rollouts.md") if kind == "sh"]
    assert all(any(name in text for text in scripts) for name in world)
    for text in scripts:
        for name, there in world.items():
            text = text.replace(name, there)
        run("bash", "-eux", "-c", text, env=shop.shell)
        run("bash", "-c", "signpost rollout abort shop.marathon:80 || true", env=shop.shell)
    assert http("GET", shop.admin + "/v1/drains").json()["drains"]  # Two of the page stay.


def test_the_page_of_the_api(shop):
    """A line at a time, as one of them is a stream that does not end."""
    text = next(text for kind, text in blocks("docs/api.md") if kind == "sh")
    asked = [line for line in text.splitlines() if line.startswith("curl ")]
    assert len(asked) == 3
    for line in asked:
        line = line.replace("/web", "/blue").replace("since=57&wait=30s", "since=0")
        answer = run("bash", "-c", f"{{ {line.partition('  #')[0]} || true; }} | head -n 5", env=shop.shell)
        assert '"generation"' in answer and "/blue" in answer, line
