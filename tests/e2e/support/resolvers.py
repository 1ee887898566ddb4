"""BIND and dnsmasq as resolvers, which forward one zone to one authoritative server."""

import dns.message
import dns.query

from .name_servers import NameServer


class Resolver(NameServer):
    """One resolver of `kind`, which asks `server` for `zone`."""

    CONFIG = None

    def __init__(self, directory, zone, server):
        super().__init__(directory, self.CONFIG.replace("ZONE", zone).replace("HOST", server[0])
                         .replace("PORT", str(server[1])))

    def lookup(self, name, rdtype):
        """One recursive query, over TCP when the answer is too long for UDP."""
        message = dns.message.make_query(name, rdtype)
        reply, _ = dns.query.udp_with_fallback(message, self.address[0], port=self.port, timeout=10)
        return reply


class Bind(Resolver):
    kind = "bind"
    arguments = ("-g", "-n", "1")
    CONFIG = """
options {{
  directory "{directory}"; pid-file none; session-keyfile none; lock-file none;
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion yes; allow-recursion {{ 127.0.0.0/8; }}; dnssec-validation no; empty-zones-enable no;
}};
controls {{ }};
zone "ZONE" {{ type forward; forward only; forwarders {{ HOST port PORT; }}; }};
zone "." {{ type forward; forward only; forwarders {{ HOST port PORT; }}; }};
"""


class Dnsmasq(Resolver):
    kind = "dnsmasq"
    arguments = ("--keep-in-foreground", "--log-facility=-", "--user=")
    config_flag = "-C"
    CONFIG = """
port={port}
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
pid-file={directory}/dnsmasq.pid
server=/ZONE/HOST#PORT
"""


RESOLVERS = {"bind": Bind, "dnsmasq": Dnsmasq}
