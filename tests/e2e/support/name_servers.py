"""BIND, Knot and NSD as programs of our own, on free loopback ports."""

import shutil
import subprocess

import dns.exception
import dns.message
import dns.query

from .tools import free_ports, wait_until

PACKAGES = {"bind": ("named", "bind9"), "knot": ("knotd", "knot"), "nsd": ("nsd", "nsd"),
            "dnsmasq": ("dnsmasq", "dnsmasq-base")}


def find(program):
    """Its path, also where only root looks; None when there is none."""
    return shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")


def missing(kind):
    """Why this server cannot be started, or None."""
    program, package = PACKAGES[kind]
    return None if find(program) else f"{program} is missing: apt-get install {package} (or ./dev setup test)"


class NameServer:
    """One server of `kind`, with the configuration of its subclass in a directory of its own."""

    kind = None
    arguments = ()
    config_flag = "-c"

    def __init__(self, directory, configuration, port=None, host="127.0.0.1", prefix=()):
        """prefix: of its command."""
        self.directory = directory
        self.port = port or free_ports(1)[0]
        self.address = (host, self.port)
        config = directory / f"{self.kind}.conf"
        config.write_text(configuration.format(directory=directory, port=self.port, host=host))
        self.log_path = directory / f"{self.kind}.log"
        self.log = open(self.log_path, "wb")
        self.popen = subprocess.Popen([*prefix, find(PACKAGES[self.kind][0]), *self.arguments, self.config_flag, config],
                                      stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        wait_until(self.answers, f"{self.kind} answers")

    def query(self, name, rdtype, timeout=5, tcp=False):
        ask = dns.query.tcp if tcp else dns.query.udp
        return ask(dns.message.make_query(name, rdtype), self.address[0], port=self.port, timeout=timeout)

    def answers(self):
        assert self.popen.poll() is None, self.output()
        try:
            self.query(".", "SOA", timeout=1)
            return True
        except (dns.exception.Timeout, OSError):
            return False

    def output(self):
        return self.log_path.read_text(errors="replace")

    def stop(self):
        self.popen.terminate()
        self.popen.wait(30)
        self.log.close()
        print(f"--- {self.kind}\n{self.output()[-20000:]}")


class Bind(NameServer):
    kind = "bind"
    arguments = ("-g", "-n", "1")
    OPTIONS = """
options {{
  directory "{directory}"; pid-file none; session-keyfile none; lock-file none;
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion no; dnssec-validation no; notify no; empty-zones-enable no;
  allow-transfer {{ none; }}; max-records-per-type 0; server-id none; %s
}};
controls {{ }};
"""


class Knot(NameServer):
    kind = "knot"
    arguments = ()
    OPTIONS = """
server:
  rundir: "{directory}"
  listen: "{host}@{port}"
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  answer-rotation: on
database:
  storage: "{directory}"
log:
  - target: stderr
    any: info
"""


class Nsd(NameServer):
    kind = "nsd"
    arguments = ("-d",)
    # One without a system around it, at {listen}.
    ALONE = """
server:
  ip-address: {listen}
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
    OPTIONS = ALONE.replace("{listen}", "127.0.0.1@{port}") + """
server:
  verbosity: 2
  hide-version: yes
  hide-identity: yes
  answer-cookie: yes
  round-robin: yes
  rrl-ratelimit: 0
"""


def primary(kind, directory, zone, zone_file):
    """A server of that kind that answers for a zone from a file."""
    if kind == "bind":
        return Bind(directory, Bind.OPTIONS % "" +
                    f'zone "{zone}" {{{{ type primary; file "{zone_file}"; check-names ignore; }}}};\n')
    if kind == "knot":
        return Knot(directory, Knot.OPTIONS + f'zone:\n  - domain: {zone}\n    file: "{zone_file}"\n    module: mod-cookies\n')
    return Nsd(directory, Nsd.OPTIONS + f'zone:\n  name: {zone}\n  zonefile: "{zone_file}"\n')


def knot_secondary(directory, primary, port, key=None, **where):
    """A Knot that follows the zone `mesos.` of ours at `primary`, and is told from there when it changes.

    key: name and secret; then nothing is asked for or taken unsigned.
    """
    keys = f"key:\n  - id: {key[0]}\n    algorithm: hmac-sha256\n    secret: {key[1]}\n" if key else ""
    by = f"\n    key: {key[0]}" if key else ""
    return Knot(directory, keys + Knot.OPTIONS + f"""
remote:
  - id: ours
    address: {primary[0]}@{primary[1]}{by}
acl:
  - id: notify
    address: {primary[0]}
    action: notify{by}
zone:
  - domain: mesos
    storage: "{directory}"
    file: copy
    master: ours
    acl: notify
""", port, **where)
