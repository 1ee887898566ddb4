"""A ZooKeeper of one flat directory that a test fills, for clients that read and watch."""

import socket
import socketserver
import struct
import threading

NO_NODE = -101
GET_CHILDREN, EXISTS, GET_DATA, PING, CLOSE = 8, 3, 4, 11, -11
CHILDREN_CHANGED, CONNECTED = 4, 3


def buffer(data):
    return struct.pack(">i", len(data)) + data


class ZooKeeper:
    """Use as `zk.put("json.info_0000000001", b"...")` and `zk.remove(...)`."""

    def __init__(self, directory):
        self.directory = directory
        self.nodes = {}
        self.watching = set()
        self.lock = threading.Lock()
        zookeeper = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                zookeeper.serve(self.request)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def put(self, name, data):
        with self.lock:
            self.nodes[name] = data
            self.wake()

    def remove(self, name):
        with self.lock:
            del self.nodes[name]
            self.wake()

    def wake(self):
        """Watches are for one time; the read that follows sets them anew."""
        event = struct.pack(">iqi", -1, -1, 0) + struct.pack(">ii", CHILDREN_CHANGED, CONNECTED)
        for connection in self.watching:
            self.send(connection, event + buffer(self.directory.encode()))
        self.watching = set()

    @staticmethod
    def send(connection, payload):
        try:
            connection.sendall(buffer(payload))
        except OSError:
            pass

    def serve(self, connection):
        stream = connection.makefile("rb")
        if self.read(stream) is None:
            return
        self.send(connection, struct.pack(">iiq", 0, 10000, 1) + buffer(b"p" * 16) + b"\0")
        while (request := self.read(stream)) is not None:
            xid, kind = struct.unpack(">ii", request[:8])
            with self.lock:
                error, body = self.answer(connection, kind, request[8:])
                self.send(connection, struct.pack(">iqi", xid, 1, error) + body)
            if kind == CLOSE:
                connection.shutdown(socket.SHUT_RDWR)
                return

    @staticmethod
    def read(stream):
        size = stream.read(4)
        return stream.read(struct.unpack(">i", size)[0]) if len(size) == 4 else None

    def answer(self, connection, kind, request):
        stat = bytes(68)
        if kind in (PING, CLOSE):
            return 0, b""
        size = struct.unpack(">i", request[:4])[0]
        path = request[4:4 + size].decode()
        if kind == GET_CHILDREN and path == self.directory:
            self.watching.add(connection)
            names = b"".join(buffer(name.encode()) for name in self.nodes)
            return 0, struct.pack(">i", len(self.nodes)) + names
        name = path.removeprefix(self.directory + "/")
        if kind == GET_DATA and name in self.nodes:
            return 0, buffer(self.nodes[name]) + stat
        if kind == EXISTS and path == self.directory:
            return 0, stat
        return NO_NODE, b""
