"""DNS messages as octets, good and bad ones, and how a server takes them."""

import select
import socket
import struct

import dns.message
import dns.name

SEEN_AS_NEVER = 0.1  # Seconds that silence must last.
PATIENCE = 5


def header(ident=0x1234, flags=0x0100, counts=(1, 0, 0, 0)):
    return struct.pack("!HHHHHH", ident, flags, *counts)


def question(name="web.marathon.mesos", rdtype=1, rdclass=1):
    return dns.name.from_text(name).to_wire() + struct.pack("!HH", rdtype, rdclass)


def option(code, data=b""):
    return struct.pack("!HH", code, len(data)) + data


def opt(options=b"", size=1232, version=0, flags=0, owner=b"\0"):
    return owner + struct.pack("!HHBBHH", 41, size, 0, version, flags, len(options)) + options


def query(name="web.marathon.mesos", rdtype=1, rdclass=1, flags=0x0100, edns=None, ident=0x1234):
    """A message with one question, and the OPT record `edns`, if any."""
    counts = (1, 0, 0, 0 if edns is None else 1)
    return header(ident, flags, counts) + question(name, rdtype, rdclass) + (edns or b"")


def parse(octets):
    """Read by a second, strict parser: what it takes is well formed."""
    return dns.message.from_wire(octets, ignore_trailing=False)


def option_data(reply, code):
    """The octets of an option of the reply, or None."""
    for one in reply.options:
        if int(one.otype) == code:
            return one.to_wire()
    return None


class Peer:
    """A server at an address: sends it octets and reads what comes back."""

    def __init__(self, address):
        self.address = address

    def udp(self, octets):
        """The octets of the reply, or None when there is none."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.connect(self.address)
            one.send(octets)
            return one.recv(65535) if select.select([one], [], [], PATIENCE)[0] else None

    def is_silent(self, octets):
        """No reply comes, though the server is there: a query behind is answered."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.connect(self.address)
            one.send(octets)
            one.send(query(ident=0x7e57))
            idents = []
            wait = PATIENCE
            while select.select([one], [], [], wait)[0]:
                idents.append(one.recv(65535)[:2])
                if b"\x7e\x57" in idents:
                    wait = SEEN_AS_NEVER
            return idents == [b"\x7e\x57"]

    def ask(self, octets):
        """The reply over UDP, parsed; there must be one."""
        reply = self.udp(octets)
        assert reply is not None, "no reply"
        return parse(reply)

    def connect(self):
        return socket.create_connection(self.address, timeout=PATIENCE)

    def ask_tcp(self, octets):
        with self.connect() as one:
            send_message(one, octets)
            return parse(receive_message(one))


def send_message(connection, octets):
    connection.sendall(struct.pack("!H", len(octets)) + octets)


def receive_message(connection):
    """One message of a TCP stream; an error when the stream ends first."""
    size = struct.unpack("!H", receive_exactly(connection, 2))[0]
    return receive_exactly(connection, size)


def receive_exactly(connection, size):
    octets = b""
    while len(octets) < size:
        more = connection.recv(size - len(octets))
        assert more, f"the stream ended after {len(octets)} of {size} octets"
        octets += more
    return octets


def is_closed(connection):
    """Does the server end the connection, whatever it sends before?"""
    try:
        while connection.recv(4096):
            pass
        return True
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
