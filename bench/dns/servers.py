"""The servers that bench/dns compares: dnsd, those who have its zone from it, and those who show what is possible."""

import json
import subprocess
from pathlib import Path

from processes import cpu_seconds, pin, resident_bytes
from support import name_servers
from support.resolvers import Bind as ForwardingBind
from support.signpost import BINARY, Signpost
from support.tools import client, free_ports, wait_until
from support.unbound import Unbound

TOOLS = Path(BINARY).resolve().parent / "bench"
ZONE = "mesos"
LIMITS = ("echo", "as long", "by heart")
EACH = 3  # Tasks of a service.


def services(total):
    """The file that dnsd follows, as JSON, which is YAML too."""
    def service(number, count):
        return {"ports": [{"port": 5432, "name": "sql"}],
                "endpoints": [f"10.{number >> 8 & 255}.{number & 255}.{1 + i}" for i in range(count)]}

    listed = {f"svc-{i}": service(i, EACH) for i in range(total)}
    listed["seventy"] = service(total, 70)
    listed["hundred"] = service(total + 1, 100)
    return json.dumps({"services": listed})


class Limit:
    """A program that does less than any name server has to."""

    def __init__(self, program, *arguments):
        self.port = free_ports(1)[0]
        self.popen = subprocess.Popen([TOOLS / program, str(self.port), *map(str, arguments)])

    def stop(self):
        self.popen.kill()
        self.popen.wait()


class Bench:
    """The servers, what is asked, and one turn of one of them."""

    def __init__(self, directory, tasks, options):
        directory.mkdir()
        self.directory, self.options = directory, options
        self.tasks, self.services = tasks, max(1, tasks // EACH)
        empty = self.start_dnsd("empty", services(0))
        self.empty_bytes = resident_bytes(empty.process.popen.pid)
        empty.stop()
        self.dnsd = self.start_dnsd("dnsd", services(self.services))
        zone_file = directory / "zone"
        self.records = self.export_zone(zone_file)
        self.primaries = {kind: name_servers.primary(kind, self.folder(kind), ZONE, zone_file)
                          for kind in ("knot", "nsd", "bind")}
        self.limits = {}
        self.servers = dict.fromkeys(LIMITS)  # Of each case; see start_limits().
        self.servers["dnsd"] = (self.dnsd.process.popen.pid, self.dnsd.dns[1])
        for name, kind in (("Knot", "knot"), ("NSD", "nsd"), ("BIND", "bind")):
            server = self.primaries[kind]
            wait_until(lambda one=server: one.query("svc-0.file.mesos", "A").answer, f"{name} to serve the zone")
            self.servers[name] = (server.popen.pid, server.port)
        for server in filter(None, self.servers.values()):
            pin(server[0], options.server_core)

    def folder(self, name):
        path = self.directory / name
        path.mkdir()
        return path

    def start_dnsd(self, name, listed):
        file = self.directory / f"{name}.yaml"
        file.write_text(listed)
        return Signpost(self.folder(name), role="dnsd", options={
            "marathon": {"urls": []}, "file": {"path": str(file)},
            "dns": {"transfer_to": ["127.0.0.0/8"], "ttl": "1h", "soa_minimum": "1h"}, "log": {"level": "warn"}})

    def export_zone(self, path):
        """The zone as a file, SOA and all; returns how many records it has."""
        with path.open("w") as file:
            subprocess.run([client("dig", "bind9-dnsutils"), "@127.0.0.1", "-p", str(self.dnsd.dns[1]), "+noall", "+answer",
                            "+onesoa", ZONE, "AXFR"], check=True, stdout=file)
        with path.open() as file:
            return sum(1 for _ in file)

    def memory(self):
        """dnsd's for a record, with the tasks it is made of; the others' as a whole."""
        more = resident_bytes(self.dnsd.process.popen.pid) - self.empty_bytes
        whole = {name: resident_bytes(self.servers[name][0]) for name in ("dnsd", "Knot")}
        sizes = ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in whole.items())
        return f"memory of {self.tasks:,} tasks, {self.records:,} records: dnsd {more / self.records:.0f} bytes each; in all: {sizes}"

    def write_queries(self, pattern):
        path = self.directory / f"queries of {pattern}"
        # Not in the order in which the zone was made: 7919 is prime, so all come up.
        count = self.services
        lines = [pattern.format(i=i * 7919 % count) for i in range(count)]
        path.write_text("\n".join(lines) + "\n")
        return path

    def start_limits(self, queries):
        """An echo, one that sends as many octets as dnsd does to these queries, and who knows dnsd's answers by heart."""
        self.stop_limits()
        report = self.load(self.dnsd.dns[1], "udp", queries, seconds=0.1)
        self.limits = {"echo": Limit("dns_echo"),
                       "as long": Limit("dns_echo", report["octets"] // report["replies"]),
                       "by heart": Limit("dns_by_heart", self.dnsd.dns[1], queries)}
        for name, limit in self.limits.items():
            self.servers[name] = (limit.popen.pid, limit.port)
            pin(limit.popen.pid, self.options.server_core)
            self.load(limit.port, "udp", queries, seconds=0.1)  # It is there once it answers.

    def stop_limits(self):
        for limit in self.limits.values():
            limit.stop()

    def load(self, port, transport, queries, seconds):
        return json.loads(subprocess.run(
            ["taskset", "-c", str(self.options.load_core), TOOLS / "dns_load", "127.0.0.1", str(port), queries,
             transport, str(seconds), str(self.options.window)],
            check=True, capture_output=True, text=True).stdout)

    def paced(self, server, queries):
        """The answer times of a server at a steady rate."""
        return json.loads(subprocess.run(
            ["taskset", "-c", str(self.options.load_core), TOOLS / "dns_paced", "127.0.0.1",
             str(self.servers[server][1]), queries, str(self.options.rate), str(self.options.seconds)],
            check=True, capture_output=True, text=True).stdout)

    def turn(self, server, transport, queries):
        """Answers per CPU second of the server, and the load's own report."""
        pid, port = self.servers[server]
        before = cpu_seconds(pid)
        report = self.load(port, transport, queries, self.options.seconds)
        spent = cpu_seconds(pid) - before
        return report["replies"] / spent, report

    def stop(self):
        self.stop_limits()
        for server in self.primaries.values():
            server.popen.terminate()
            server.popen.wait(30)
        self.dnsd.stop()


class Forwarders(Bench):
    """Servers that ask Knot for what they do not know, and keep it."""

    def __init__(self, primary):  # pylint: disable=super-init-not-called
        self.options, self.tasks, self.services = primary.options, primary.tasks, primary.services
        self.directory, self.limits, upstream = primary.folder("forwarding"), {}, primary.primaries["knot"].address
        self.dnsd = Signpost(self.folder("dnsd"), role="dnsd", options={
            "marathon": {"urls": []}, "log": {"level": "warn"},
            "dns": {"mesos_domain": "other", "forward_to": ["{}:{}".format(*upstream)]}})
        self.unbound = Unbound(self.folder("unbound"), ZONE, upstream, verbosity=1)
        self.primaries = {"bind": ForwardingBind(self.folder("bind"), ZONE, upstream)}
        self.servers = {"dnsd": (self.dnsd.process.popen.pid, self.dnsd.dns[1]),
                        "Unbound": (self.unbound.popen.pid, self.unbound.port),
                        "BIND": (self.primaries["bind"].popen.pid, self.primaries["bind"].port)}
        for pid, _ in self.servers.values():
            pin(pid, self.options.server_core)

    def fill(self, queries):
        """Asks each for everything once."""
        for _, port in self.servers.values():
            self.load(port, "udp", queries, max(1, self.options.seconds))

    def stop(self):
        self.unbound.popen.terminate()
        self.unbound.popen.wait(30)
        super().stop()
