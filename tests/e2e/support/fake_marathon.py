"""A Marathon that says what a test wants: its lists, its events, and when its streams break."""

import http.server
import json
import queue
import sys
import threading
import time
from urllib.parse import parse_qs, unquote, urlsplit

VERSION = "2026-01-01T00:00:00.000Z"
AGENTS = "145f052d-8bcb-457f-b1e6-b1b4e2cdf787"


def make_app(app_id, hosts, **definition):
    """An app as GET /v2/apps lists it, with a task on each of `hosts`, at ports 31000, 31001 and so on."""
    return {"id": app_id, "version": VERSION, "instances": len(hosts), "labels": {},
            "portDefinitions": [{"port": 10000, "protocol": "tcp", "labels": {}}],
            "networks": [{"mode": "host"}],
            "tasks": [make_task(app_id, host, number) for number, host in enumerate(hosts)], **definition}


def make_task(app_id, host, number):
    """A running task; `number` makes its id, its agent and its port."""
    dashed = app_id.strip("/").replace("/", "_")
    return {"id": f"{dashed}.instance-{number:08x}-0000-11ee-8000-000000000000._app.1", "appId": app_id,
            "host": host, "ports": [31000 + number], "slaveId": f"{AGENTS}-S{number}", "state": "TASK_RUNNING",
            "ipAddresses": [{"ipAddress": host, "protocol": "IPv6" if ":" in host else "IPv4"}],
            "stagedAt": VERSION, "startedAt": VERSION, "version": VERSION}


class FakeMarathon:
    """Listens from its start to stop(). Everything may be called from any thread."""

    def __init__(self, *apps):
        self.out_of_order = False  # Answers 503 to everything, while true.
        self.listed_at = None  # When the list of all apps was last handed to the kernel.
        self._goes_on = threading.Event()
        self._goes_on.set()
        self._apps = {app["id"]: app for app in apps}
        self._streams = set()
        self._lock = threading.Lock()
        self._server = _HttpServer(("127.0.0.1", 0), _handler_for(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self.go_on()
        self.cut()
        self._server.shutdown()
        self._server.server_close()

    # --- what it knows; nobody is told

    def set_app(self, app):
        with self._lock:
            self._apps[app["id"]] = app

    def remove_app(self, app_id):
        with self._lock:
            del self._apps[app_id]

    def app(self, app_id):
        with self._lock:
            return self._apps.get(app_id)

    def apps(self):
        with self._lock:
            return list(self._apps.values())

    # --- what it tells

    def send(self, event_type, **fields):
        """An event to every stream that asked for its type."""
        event = {"eventType": event_type, "timestamp": VERSION, **fields}
        with self._lock:
            for stream in self._streams:
                stream.put(event)

    def start_task(self, app_id, task):
        """Lists one more task, and says that it runs."""
        app = self.app(app_id)
        self.set_app({**app, "tasks": [*app["tasks"], task]})
        self.send_status(task, "TASK_RUNNING")

    def end_task(self, app_id, task, status="TASK_KILLED"):
        """Lists a task no more, and says how it ended."""
        app = self.app(app_id)
        self.set_app({**app, "tasks": [other for other in app["tasks"] if other["id"] != task["id"]]})
        self.send_status(task, status)

    def cut(self):
        """Ends every stream; clients may come back at once."""
        with self._lock:
            for stream in self._streams:
                stream.put(None)

    def hang(self):
        """Says nothing more, to streams and requests alike, until go_on(). Connections are taken."""
        self._goes_on.clear()

    def go_on(self):
        self._goes_on.set()

    def wait_until_it_goes_on(self):
        self._goes_on.wait()

    @property
    def streams(self):
        with self._lock:
            return len(self._streams)

    def send_status(self, task, status):
        self.send("status_update_event", slaveId=task["slaveId"], taskId=task["id"], taskStatus=status, message="",
                  appId=task["appId"], host=task["host"], ipAddresses=task["ipAddresses"], ports=task["ports"],
                  version=task["version"])

    # --- for the handler

    def open_stream(self):
        stream = queue.Queue()
        with self._lock:
            self._streams.add(stream)
        return stream

    def close_stream(self, stream):
        with self._lock:
            self._streams.discard(stream)

    def answer(self, path):
        """The JSON of a GET, or None where there is nothing."""
        if path == "/v2/apps":
            return {"apps": self.apps()}
        if path.startswith("/v2/apps/"):
            return self._answer_app("/" + path.removeprefix("/v2/apps/").strip("/"))
        if path.startswith("/v2/groups"):
            return {"id": "/", "version": VERSION, "groups": [], "apps": self.apps()}
        fixed = {"/v2/info": {"name": "marathon", "version": "1.8.222", "elected": True},
                 "/v2/leader": {"leader": self.url.removeprefix("http://")}}
        return fixed.get(path)

    def _answer_app(self, app_id):
        app_id, _, version = app_id.partition("/versions/")
        app = self.app(app_id)
        return app if version else app and {"app": app}


class _HttpServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients that end with a reset are no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _handler_for(marathon):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            marathon.wait_until_it_goes_on()
            url = urlsplit(self.path)
            if marathon.out_of_order:
                self._send_json(503, {"message": "out of order"})
            elif url.path == "/v2/events":
                self._send_events(parse_qs(url.query).get("event_type"))
            else:
                answer = marathon.answer(unquote(url.path))
                self._send_json(404 if answer is None else 200, answer or {"message": f"{url.path} does not exist"})
                if url.path == "/v2/apps":
                    marathon.listed_at = time.monotonic()

        def _send_json(self, status, value):
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _send_events(self, wanted):
            if self.headers["Accept"] != "text/event-stream":
                return self._send_json(405, {"message": "Accept must be text/event-stream"})
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream;charset=utf-8")
            self.send_header("Connection", "close")
            self.end_headers()
            stream = marathon.open_stream()
            stream.put({"eventType": "event_stream_attached", "timestamp": VERSION, "remoteAddress": "127.0.0.1"})
            try:
                self._pump(stream, wanted)
            except OSError:
                pass  # The client left.
            finally:
                marathon.close_stream(stream)

        def _pump(self, stream, wanted):
            while True:
                try:
                    event = stream.get(timeout=1)
                except queue.Empty:
                    marathon.wait_until_it_goes_on()
                    self.wfile.write(b"\r\n")  # The heartbeat.
                    continue
                if event is None:
                    return
                marathon.wait_until_it_goes_on()
                if wanted is None or event["eventType"] in wanted:
                    self.wfile.write(f"event: {event['eventType']}\r\ndata: {json.dumps(event)}\r\n\r\n".encode())

        def log_message(self, *_):
            pass

    return Handler


# What the scripted Marathon of the `marathon` fixture lists.
WEB = make_app("/web", ["10.0.0.1", "10.0.0.2"])
MANY = make_app("/many", [f"10.1.{i // 100}.{i % 100 + 1}" for i in range(200)])
