"""A Mesos master that tells what a test wants: the event stream, and the answers beside it."""

import http.server
import json
import queue
import threading


class Master:
    """One agent, one framework, and the tasks that a test adds; not the leader of anything else."""

    def __init__(self, framework="chronos"):
        self.framework = framework
        self.tasks = {}
        self.streams = []
        self.lock = threading.Lock()
        master = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kind = json.loads(body)["type"]
                if kind == "SUBSCRIBE":
                    return master.stream(self)
                answers = {"GET_STATE": ("get_state", master.state()),
                           "GET_AGENTS": ("get_agents", master.state()["get_agents"])}
                if kind not in answers:
                    return self.reply(400, b"unknown")
                key, answer = answers[kind]
                return self.reply(200, json.dumps({"type": kind, key: answer}).encode())

            def do_GET(self):
                self.reply(404, b"")

            def reply(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        with self.lock:
            for stream in self.streams:
                stream.put(None)
        self.server.shutdown()
        self.server.server_close()

    # --- what it knows

    def state(self):
        agent = {"agent_info": {"id": {"value": "A-S1"}, "hostname": "127.0.0.2", "port": 5051},
                 "active": True, "pid": "slave(1)@127.0.0.2:5051"}
        framework = {"framework_info": {"id": {"value": "F-1"}, "name": self.framework, "user": "root"},
                     "active": True, "connected": True}
        return {"get_tasks": {"tasks": list(self.tasks.values())},
                "get_agents": {"agents": [agent]},
                "get_frameworks": {"frameworks": [framework]},
                "get_executors": {}}

    def add(self, name, port):
        """A running task with one TCP port on the agent."""
        identity = {"task_id": {"value": f"{name}.1"}, "agent_id": {"value": "A-S1"}}
        task = {"name": name, "framework_id": {"value": "F-1"}, "state": "TASK_RUNNING",
                "resources": [{"name": "ports", "type": "RANGES",
                               "ranges": {"range": [{"begin": port, "end": port}]}}],
                "discovery": {"visibility": "FRAMEWORK", "name": name,
                              "ports": {"ports": [{"number": port, "name": "http", "protocol": "tcp"}]}},
                "statuses": [{"state": "TASK_RUNNING", "timestamp": 1.0, **identity}], **identity}
        with self.lock:
            self.tasks[name] = task
            self.tell({"type": "TASK_ADDED", "task_added": {"task": task}})

    def end(self, name):
        with self.lock:
            task = self.tasks.pop(name)
            status = {"state": "TASK_FINISHED", "timestamp": 2.0, "task_id": task["task_id"],
                      "agent_id": task["agent_id"]}
            self.tell({"type": "TASK_UPDATED", "task_updated": {
                "framework_id": task["framework_id"], "state": "TASK_FINISHED", "status": status}})

    # --- how it tells it

    def tell(self, event):
        for stream in self.streams:
            stream.put(event)

    def stream(self, handler):
        events = queue.SimpleQueue()
        with self.lock:
            events.put({"type": "SUBSCRIBED", "subscribed": {"get_state": self.state(),
                                                            "heartbeat_interval_seconds": 15}})
            events.put({"type": "HEARTBEAT"})
            self.streams.append(events)
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        while (event := events.get()) is not None:
            record = json.dumps(event).encode()
            record = b"%d\n%s" % (len(record), record)
            try:
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(record), record))
                handler.wfile.flush()
            except OSError:
                return
        handler.close_connection = True
