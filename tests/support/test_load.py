"""The load client against small servers of our own; needs nothing but Python."""

import http.server
import socket
import threading
import unittest

from load import Kind, Load


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        body = b"hello"
        self.send_response(503 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Task-Id", "task-1")
        if self.path == "/once":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/rude":
            self.close_connection = True

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        self.server.uploaded += len(self.rfile.read(size))
        self.do_GET()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    connections = 0
    uploaded = 0

    def process_request(self, *args):
        self.connections += 1
        super().process_request(*args)


def load_until(load, calls):
    load.start()
    while load.snapshot().calls < calls:
        threading.Event().wait(0.001)
    return load.stop()


class LoadTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def tearDown(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def run_load(self, path, threads):
        return load_until(Load(*self.server.server_address, path, threads, rate=5000), 40)

    def test_counts_answers_by_task(self):
        report = self.run_load("/", threads=2)
        self.assertEqual(report.failures, {})
        self.assertEqual(report.by_task, {"task-1": report.calls})

    def test_one_half_keeps_its_connections(self):
        report = self.run_load("/", threads=1)
        self.assertEqual(self.server.connections, 1)
        self.assertGreaterEqual(report.calls, 40)
        report = self.run_load("/", threads=2)
        self.assertGreater(self.server.connections, 3)

    def test_kinds_take_turns_and_count_apart(self):
        kinds = (Kind("slow", path="/broken"), Kind("upload", upload=4000, parts=4, seconds=0.004))
        report = load_until(Load(*self.server.server_address, "/", threads=2, rate=500, kinds=kinds), 10)
        self.assertEqual(sum(report.by_kind.values()), report.calls)
        self.assertEqual(self.server.uploaded, report.by_kind["upload"] * 4000)
        self.assertEqual({f.kind for f in report.failed_calls}, {"slow"})
        self.assertEqual(len(report.failed_calls), report.by_kind["slow"])

    def test_an_announced_close_is_no_failure(self):
        report = self.run_load("/once", threads=1)
        self.assertEqual(report.failures, {})
        self.assertEqual(self.server.connections, report.calls)

    def test_a_close_without_a_word_is_a_failure(self):
        report = self.run_load("/rude", threads=1)
        self.assertGreater(report.failed, 0)
        self.assertLess(report.failed, report.calls)

    def test_bad_statuses_are_failures(self):
        report = self.run_load("/broken", threads=2)
        self.assertEqual(report.failures, {"status 503": report.calls})

    def test_refused_connections_are_failures(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            report = load_until(Load(*unused.getsockname(), rate=5000, threads=2), 10)
        self.assertEqual(report.failed, report.calls)
        self.assertIn("ConnectionRefusedError", " ".join(report.failures))

    def test_the_report_reads_like_a_log(self):
        self.assertIn("failed=0", str(self.run_load("/", threads=1)))


if __name__ == "__main__":
    unittest.main()
