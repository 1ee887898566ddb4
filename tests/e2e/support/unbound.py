"""Unbound as a resolver of its own, which asks one authoritative server for one zone."""

import subprocess

import dns.exception
import dns.message
import dns.query

from .tools import client, free_ports, wait_until

CONFIG = """
server:
  interface: 127.0.0.1
  port: {port}
  username: ""
  chroot: ""
  directory: "{directory}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: {verbosity}
  num-threads: 1
  module-config: "iterator"
  do-not-query-localhost: no
  domain-insecure: "{zone}"
  # Asks for every name on the way down, so each must exist.
  qname-minimisation: yes
  qname-minimisation-strict: yes
remote-control:
  control-enable: no
stub-zone:
  name: "{zone}"
  stub-addr: {server[0]}@{server[1]}
"""


class Unbound:
    def __init__(self, directory, zone, server, verbosity=2):
        (self.port,) = free_ports(1)
        self.log_path = directory / "unbound.log"
        config = directory / "unbound.conf"
        config.write_text(CONFIG.format(port=self.port, directory=directory, zone=zone, server=server,
                                        verbosity=verbosity))
        self.log = open(self.log_path, "wb")
        self.popen = subprocess.Popen([client("unbound", "unbound"), "-d", "-c", config], stdout=self.log,
                                      stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        wait_until(self._answers, "Unbound answers")

    def query(self, name, rdtype):
        """One recursive query, over TCP when the answer is too long for UDP."""
        message = dns.message.make_query(name, rdtype)
        reply, _ = dns.query.udp_with_fallback(message, "127.0.0.1", port=self.port, timeout=10)
        return reply

    def _answers(self):
        assert self.popen.poll() is None, self.log_path.read_text(errors="replace")
        try:
            dns.query.udp(dns.message.make_query("localhost", "A"), "127.0.0.1", port=self.port, timeout=1)
            return True
        except dns.exception.Timeout:
            return False

    def stop(self):
        self.popen.terminate()
        self.popen.wait(30)
        self.log.close()
        print(f"--- unbound\n{self.log_path.read_text(errors='replace')[-20000:]}")
