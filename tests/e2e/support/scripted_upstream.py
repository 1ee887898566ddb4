"""A resolver that behaves as badly as its script says, for what dnsd forwards."""

import socket
import threading
from dataclasses import dataclass

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rrset

MANY = 100  # Addresses of names that begin with `many`.


@dataclass
class Seen:
    """One query as it came."""
    tcp: bool
    name: str  # With its case.
    id: int
    port: int  # Of the sender.


class ScriptedUpstream:
    """Answers every A question with 192.0.2.<number>, over UDP and TCP. By first label:

    many      100 addresses, truncated over UDP
    lower     the question in lower case over UDP
    none      NXDOMAIN with an SOA
    servfail  SERVFAIL
    held      nothing before release()
    loop      whatever the server at loop_to answers to the same query
    """

    def __init__(self, number=1, ttl=60, silent=False, address=("127.0.0.1", 0)):
        self.number, self.ttl, self.silent = number, ttl, silent
        self.loop_to = None
        self.seen = []
        self._released = threading.Event()
        self._tcp = socket.socket()
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._tcp.bind(address)
        self._udp.bind(self._tcp.getsockname())
        self._tcp.listen(16)
        self.port = self._tcp.getsockname()[1]
        self.address = f"{address[0]}:{self.port}"
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def release(self):
        self._released.set()

    def queries_for(self, name):
        return [seen for seen in self.seen if seen.name.lower() == name + "."]

    def stop(self):
        self._released.set()
        for one in (self._udp, self._tcp):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def _serve_udp(self):
        while True:
            try:
                wire, peer = self._udp.recvfrom(4096)
            except OSError:
                return
            if not wire:
                return
            threading.Thread(target=self._answer_udp, args=(wire, peer), daemon=True).start()

    def _answer_udp(self, wire, peer):
        reply = self._reply(wire, peer[1], tcp=False)
        try:
            if reply:
                self._udp.sendto(reply, peer)
        except OSError:
            pass  # The test is over.

    def _serve_tcp(self):
        while True:
            try:
                connection, peer = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._answer_tcp, args=(connection, peer), daemon=True).start()

    def _answer_tcp(self, connection, peer):
        with connection, connection.makefile("rb") as stream:
            while length := stream.read(2):
                reply = self._reply(stream.read(int.from_bytes(length, "big")), peer[1], tcp=True)
                if reply:
                    connection.sendall(len(reply).to_bytes(2, "big") + reply)

    def _reply(self, wire, port, tcp):
        query = dns.message.from_wire(wire)
        question = query.question[0]
        self.seen.append(Seen(tcp, question.name.to_text(), query.id, port))
        if self.silent:
            return None
        behaviour = question.name.labels[0].decode().lower()
        if behaviour.startswith("held"):
            self._released.wait(30)
        if behaviour == "loop":
            return dns.query.udp(query, self.loop_to[0], port=self.loop_to[1], timeout=10).to_wire()
        return self._make_reply(query, behaviour, tcp).to_wire(max_size=65535)

    def _make_reply(self, query, behaviour, tcp):
        reply = dns.message.make_response(query, recursion_available=True)
        name = query.question[0].name
        if behaviour == "servfail":
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif behaviour == "none":
            reply.set_rcode(dns.rcode.NXDOMAIN)
            reply.authority.append(dns.rrset.from_text("example.", 60, "IN", "SOA", "ns.example. r.example. 1 2 3 4 30"))
        elif behaviour == "many" and not tcp:
            reply.flags |= dns.flags.TC
        elif behaviour == "many":
            reply.answer.append(dns.rrset.from_text(name, self.ttl, "IN", "A", *(f"192.0.2.{i}" for i in range(MANY))))
        else:
            reply.answer.append(dns.rrset.from_text(name, self.ttl, "IN", "A", f"192.0.2.{self.number}"))
        if behaviour == "lower" and not tcp:
            reply.question = [dns.rrset.RRset(dns.name.from_text(name.to_text().lower()), 1, 1)]
        return reply
