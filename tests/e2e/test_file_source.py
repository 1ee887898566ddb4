"""Services written into a file: names, VIPs and changes."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support.tools import http, wait_until


@pytest.fixture
def backend():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_service_of_the_file_has_a_name_and_a_vip(start, tmp_path, backend):
    path = tmp_path / "services.yaml"
    path.write_text(f"services:\n  web:\n    ports: [{{port: {backend}, name: http, vip: '/web:80'}}]\n"
                    "    endpoints: [127.0.0.1]\n")
    system = start(marathon_url="none", options={"marathon": {"urls": []}, "file": {"path": str(path)}})
    assert system.addresses("web.file.mesos") == ["127.0.0.1"]
    assert system.query("_http._web._tcp.file.mesos", "SRV").answer[0][0].port == backend
    vip = system.vip("web.file")
    assert wait_until(lambda: http("GET", f"http://{vip}/").text, "an answer through the VIP") == "ok"

    path.write_text("services:\n  web: {endpoints: [127.0.0.2]}\n  other: {endpoints: [127.0.0.3]}\n")
    wait_until(lambda: system.addresses("other.file.mesos") == ["127.0.0.3"], "the new service")
    assert system.addresses("web.file.mesos") == ["127.0.0.2"]

    path.write_text("services: [\n")
    wait_until(lambda: "line 2" in http("GET", system.admin + "/v1/sources").text, "a complaint")
    assert system.addresses("web.file.mesos") == ["127.0.0.2"]
