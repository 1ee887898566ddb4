"""The API over HTTPS: real clients, certificates that change, and peers that do not behave."""

import contextlib
import re
import signal
import socket
import ssl
import subprocess
import threading

import pytest
import yaml

from support.certificates import Certificate
from support.fake_marathon import make_task
from support.signpost import BINARY, Process
from support.tools import answers, client, free_ports, http, opener, run, wait_until
from test_events import Stream, apps
from test_prometheus import start_prometheus, targets

ADDRESS = "127.0.0.1"
TOKEN = "secret"


@pytest.fixture
def certificate(tmp_path):
    return Certificate(tmp_path, of=f"IP:{ADDRESS}")


def tls_options(certificate, **more):
    return {"tls_certificate_file": str(certificate.file), "tls_key_file": str(certificate.key), **more}


@pytest.fixture
def secure(start, marathon, certificate):
    """A dnsd whose API speaks HTTPS, with more options of admin."""
    def start_one(wait=True, **options):
        one = start(role="dnsd", marathon_url=marathon.url, wait=False,
                    options={"admin": tls_options(certificate, **options)})
        one.plain, one.admin = one.admin, one.admin.replace("http:", "https:")
        one.port = int(one.admin.rpartition(":")[2])
        if wait:
            wait_until(lambda: answers(one.admin + "/readyz", ca=certificate.file), "the API")
        return one
    return start_one


def connect(system):
    """A connection, whoever the server says it is."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection((ADDRESS, system.port), timeout=10))


def shown(system):
    with connect(system) as connection:
        return connection.getpeercert(binary_form=True)


def curl(*arguments):
    return run(client("curl", "curl"), "--noproxy", "*", "-sS", "--fail-with-body", *arguments)


def signpost(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=30)


def test_curl_verifies_the_server(secure, certificate):
    system = secure()
    trust = ("--cacert", str(certificate.file))
    assert curl(*trust, system.admin + "/readyz")
    page = curl(*trust, "-D", "-", system.admin + "/")
    assert "content-security-policy" in page.lower()
    for file in re.findall(r'(?:src|href)="/?([\w/.-]+)"', page):
        assert curl(*trust, f"{system.admin}/{file}")
    for version in ("--tlsv1.2", "--tlsv1.3"):
        assert '"app":"/web"' in curl(*trust, version, "--tls-max", version[-3:], system.admin + "/v1/services")
    done = subprocess.run([client("curl", "curl"), "--noproxy", "*", "-sS", system.admin + "/readyz"],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 60, done.stderr  # Nobody vouches for it.
    assert not answers(system.plain + "/readyz")


def test_the_commands_ask_over_https(secure, certificate, tmp_path):
    token = tmp_path / "token"
    token.write_text(TOKEN)
    system = secure(token_file=str(token))
    where = ("--admin", system.admin, "--ca-file", certificate.file)
    done = signpost("status", *where)
    assert done.returncode == 0 and done.stdout.startswith("in step with its sources\n"), done.stderr
    assert "/web" in signpost("services", *where).stdout
    assert "tasks" in signpost("top", "--once", "--interval", "0.1", *where).stdout
    done = signpost("drain", "agent", "10.0.0.1", *where, "--token-file", token)
    assert done.returncode == 0, done.stderr
    assert system.addresses("web.marathon.mesos") == ["10.0.0.2"]


@pytest.mark.parametrize("where, words", [
    (("--admin", "{secure}"), ("self-signed certificate", "--ca-file")),
    (("--admin", "{plain}"), ("--admin, https://HOST:PORT",)),
    (("--admin", "{secure}", "--ca-file", "/nowhere/ca.pem"), ("--ca-file '/nowhere/ca.pem' cannot be used",)),
], ids=["nobody vouches", "no https", "no file"])
def test_the_commands_say_what_is_wrong(secure, where, words):
    system = secure()
    done = signpost("status", *(word.format(secure=system.admin, plain=system.plain) for word in where))
    assert done.returncode == 1
    for word in words:
        assert word in done.stderr


def test_prometheus_scrapes_over_https(secure, certificate, tmp_path):
    system = secure()
    process, url = start_prometheus(tmp_path, {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [{"job_name": "signpost", "scheme": "https",
                            "tls_config": {"ca_file": str(certificate.file)},
                            "static_configs": [{"targets": [f"{ADDRESS}:{system.port}"]}]}]})
    try:
        wait_until(lambda: [t["health"] for t in targets(url).get("signpost", [])] == ["up"], "a scrape")
    finally:
        process.terminate()
        process.wait()


def test_clients_need_a_certificate_where_that_is_asked(secure, certificate, tmp_path):
    known, stranger = Certificate(tmp_path, "known", "DNS:known"), Certificate(tmp_path, "stranger", "DNS:stranger")
    system = secure(wait=False, tls_client_ca_file=str(known.file))
    where = ("--admin", system.admin, "--ca-file", certificate.file)

    def as_one(one):
        return signpost("status", *where, "--certificate-file", one.file, "--key-file", one.key)

    wait_until(lambda: as_one(known).returncode == 0, "the API")
    trust = ("--cacert", str(certificate.file), "--cert", str(known.file), "--key", str(known.key))
    assert curl(*trust, system.admin + "/metrics")
    assert as_one(stranger).returncode == 1
    done = signpost("status", *where)
    assert done.returncode == 1 and "--certificate-file" in done.stderr


def test_new_certificates_are_taken_without_restart(secure, certificate):
    system = secure()
    assert shown(system) == certificate.der()
    with connect(system) as old:
        certificate.renew()
        wait_until(lambda: shown(system) == certificate.der(), "the new certificate")
        old.sendall(b"GET /healthz HTTP/1.1\r\n\r\n")  # Nobody is interrupted.
        assert old.recv(15) == b"HTTP/1.1 200 OK"
    assert answers(system.admin + "/readyz", ca=certificate.file)


def test_bad_certificates_leave_the_old_ones(secure, certificate):
    system = secure()
    good = certificate.der()
    certificate.file.write_text("no certificate\n")
    wait_until(lambda: "admin keeps its old certificate" in system.process.output(), "an error")
    assert f"admin.tls_certificate_file '{certificate.file}' cannot be used" in system.process.output()
    assert shown(system) == good
    certificate.renew()
    wait_until(lambda: shown(system) == certificate.der(), "the new certificate")


@pytest.mark.parametrize("spoilt", ["file", "key"])
def test_it_does_not_start_with_a_bad_certificate(secure, certificate, spoilt):
    getattr(certificate, spoilt).unlink()
    system = secure(wait=False)
    assert system.process.popen.wait(30) == 1
    option = {"file": "tls_certificate_file", "key": "tls_key_file"}[spoilt]
    assert f"admin.{option} '{getattr(certificate, spoilt)}' cannot be used" in system.process.output()


def test_services_are_followed_over_https(secure, certificate, marathon):
    system = secure()
    stream = Stream(system.admin, "?app=/web", ca=certificate.file)
    first = stream.until(lambda data: data["synced"])
    assert apps(first["data"]["services"]) == {"/web": 2}
    certificate.renew()
    wait_until(lambda: shown(system) == certificate.der(), "the new certificate")
    marathon.start_task("/web", make_task("/web", "127.0.0.9", 7))
    stream.until(lambda data: apps(data.get("changed", [])) == {"/web": 3})
    assert system.stop() == 0
    while stream.next():  # The end is said, or this would be an error.
        pass


def test_who_speaks_no_tls_harms_nobody(secure, certificate):
    system = secure()
    with contextlib.ExitStack() as stack:
        for said in (b"", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100000):
            one = stack.enter_context(socket.create_connection((ADDRESS, system.port), timeout=10))
            with contextlib.suppress(OSError):
                one.sendall(said)
        for _ in range(20):
            assert answers(system.admin + "/healthz", ca=certificate.file)
    assert not [line for line in system.process.output().splitlines()
                if "http" in line and (" warn" in line or " error" in line)]


def test_the_api_of_mesos_dns_stays_plain(secure, certificate):
    (port,) = free_ports(1)
    system = secure(mesos_dns_listen=[f"{ADDRESS}:{port}"])
    assert http("GET", f"http://{ADDRESS}:{port}/v1/version").status == 200
    assert http("GET", system.admin + "/v1/version", ca=certificate.file).status == 200


def test_a_reload_begins_and_ends_it(secure, certificate):
    system = secure()
    settings = yaml.safe_load(system.config_path.read_text())
    before = settings["admin"]
    for admin, url in (({"listen": before["listen"]}, system.plain), (before, system.admin)):
        system.config_path.write_text(yaml.safe_dump(settings | {"admin": admin}))
        system.process.popen.send_signal(signal.SIGHUP)
        wait_until(lambda url=url: answers(url + "/healthz", ca=certificate.file), url)


def test_the_next_process_goes_on(start, certificate, tmp_path):
    """Who asks again and again over HTTPS notices neither the next process nor a reload."""
    system = start(role="dnsd", marathon_url="http://127.0.0.1:9", wait=False, options={
        "admin": tls_options(certificate), "process": {"handover_path": str(tmp_path / "handover")}})
    url = system.admin.replace("http:", "https:") + "/healthz"
    wait_until(lambda: answers(url, ca=certificate.file), "the API")
    failures, asked, stop = [], [], threading.Event()

    def ask():
        one = opener(certificate.file)
        while not stop.is_set():
            try:
                asked.append(one.open(url, timeout=20).read())
            except OSError as error:
                failures.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        before = system.process
        system.process = Process(["dnsd", "-c", system.config_path], tmp_path / "next.log")
        assert before.popen.wait(30) == 0, before.output()
        seen = len(asked)
        wait_until(lambda: len(asked) > seen + 10, "answers of the next")
        system.process.popen.send_signal(signal.SIGHUP)
        wait_until(lambda: "reloaded paused" in system.process.output(), "a reload")
        seen = len(asked)
        wait_until(lambda: len(asked) > seen + 10, "answers after the reload")
    finally:
        stop.set()
        thread.join()
    assert not failures
