"""What the scenarios are made of: the sockets around one proxy, and how streams end."""

import select
import socket
import struct
import tempfile
import threading
from pathlib import Path

PATIENCE = 15
FIN, RST, SILENCE = "FIN", "RST", "silence"
SCENARIOS = []


def scenario(number, text):
    def register(play):
        SCENARIOS.append((number, text, play))
        return play

    return register


class World:
    """The sockets around one proxy; ends with it."""

    def __init__(self, proxy_class):
        self.proxy_class = proxy_class
        self.open = []
        self.proxy = None
        self.folder = tempfile.TemporaryDirectory()

    def keep(self, one):
        self.open.append(one)
        return one

    def listener(self, backlog=128):
        made = self.keep(socket.socket())
        made.settimeout(PATIENCE)
        made.bind(("127.0.0.1", 0))
        made.listen(backlog)
        return made

    def datagrams(self):
        """A UDP socket on a port of its own."""
        made = self.keep(socket.socket(type=socket.SOCK_DGRAM))
        made.settimeout(PATIENCE)
        made.bind(("127.0.0.1", 0))
        return made

    def refusing(self):
        """A port that is held, and refuses."""
        made = self.keep(socket.socket())
        made.bind(("127.0.0.1", 0))
        return made

    def silent(self):
        """A listener whose queue is full: it answers no SYN."""
        made = self.listener(0)
        for _ in range(3):
            filler = self.keep(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(made.getsockname())
        return made

    def start(self, *backends, **options):
        ports = [backend.getsockname()[1] for backend in backends]
        self.again = lambda: self.proxy_class(Path(self.folder.name), ports, **options)
        self.proxy = self.again()

    def kill(self):
        """Ends the proxy without a warning."""
        self.proxy.kill()
        self.proxy, proxy = None, self.proxy
        return proxy.address

    def connect(self):
        return self.keep(socket.create_connection(self.proxy.address, timeout=PATIENCE))

    def knock(self):
        """Connects; none when the proxy resets it at once."""
        try:
            return self.connect()
        except ConnectionResetError:
            return None

    def served(self, listener):
        """Whether a new client reaches this backend; both are closed then."""
        client, backend = self.pair(listener)
        backend.sendall(b"served")
        backend.close()
        expect(client, b"served", FIN)
        client.close()

    def pair(self, listener):
        """A client and what the backend got of it."""
        client = self.connect()
        return client, self.accept(listener)

    def sessions(self, listeners, count):
        """Pairs of new clients and what a backend got of them, by backend."""
        found = {listener: [] for listener in listeners}
        for _ in range(count):
            client = self.connect()
            listener = select.select(listeners, [], [], PATIENCE)[0][0]
            found[listener].append((client, self.accept(listener)))
        return found

    def accept(self, listener):
        try:
            backend = self.keep(listener.accept()[0])
        except TimeoutError:
            raise AssertionError(f"a client was not served in {PATIENCE} s") from None
        backend.settimeout(PATIENCE)
        return backend

    def close(self):
        for one in self.open:
            one.close()
        if self.proxy:
            self.proxy.stop()
        self.folder.cleanup()


def reset(one):
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def read_all(one):
    """What comes, and how it ends."""
    got = bytearray()
    while True:
        try:
            part = one.recv(65536)
        except ConnectionResetError:
            return bytes(got), RST
        except TimeoutError:
            return bytes(got), SILENCE
        if not part:
            return bytes(got), FIN
        got += part


def end_of_a_client(world):
    """How a client ends whom nobody can serve; it may be told before it knows that it is connected."""
    try:
        return read_all(world.connect())[1]
    except ConnectionResetError:
        return RST


def expect(one, data, ending):
    got, end = read_all(one)
    assert len(got) == len(data), f"{len(got)} of {len(data)} bytes arrived, then {end}"
    assert got == data, "other bytes arrived"
    assert end == ending, f"ended by {end}"


def in_thread(play, *arguments):
    def run():
        try:
            play(*arguments)
        except OSError:
            pass  # What arrived tells.

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
