"""DNS over TLS (RFC 7858): real clients, certificates that change, and peers that do not behave."""

import contextlib
import socket
import ssl
import threading

import dns.message
import dns.query
import dns.rcode
import pytest

from support.certificates import Certificate
from support.scripted_upstream import ScriptedUpstream
from support.tools import client, free_ports, run, wait_until

NAME = "web.marathon.mesos"
HOST = "ns.example"


@pytest.fixture
def certificate(tmp_path):
    return Certificate(tmp_path, of=f"DNS:{HOST}")


@pytest.fixture
def secure(start, marathon, certificate):
    """A dnsd that listens for TLS, too, as its options say."""
    def start_one(**options):
        (port,) = free_ports(1)
        one = start(role="dnsd", marathon_url=marathon.url,
                    options={"dns": {"tls_listen": [f"127.0.0.1:{port}"], "tls_certificate_file": str(certificate.file),
                                     "tls_key_file": str(certificate.key), **options}})
        one.tls = ("127.0.0.1", port)
        return one
    return start_one


def connect(names, own=None):
    """A connection, whoever the server says it is, from an address of our own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(names.tls, timeout=10, source_address=own and (own, 0)))


def ask_over(connection, name=NAME):
    dns.query.send_tcp(connection, dns.message.make_query(name, "A"))
    return dns.query.receive_tcp(connection)[0]


def shown(names):
    with connect(names) as connection:
        return connection.getpeercert(binary_form=True)


def ends(connection):
    """Whether the server ends it, after an alert perhaps."""
    try:
        while connection.recv(1000):
            pass
    except ConnectionResetError:
        pass
    return True


def test_kdig_verifies_the_server(secure, certificate):
    names = secure()
    printed = run(client("kdig", "knot-dnsutils"), f"@{names.tls[0]}", "-p", str(names.tls[1]), "+tls",
                  f"+tls-ca={certificate.file}", f"+tls-hostname={HOST}", "+short", NAME, "A")
    assert sorted(printed.split()) == ["10.0.0.1", "10.0.0.2"]
    assert 'signpost_dnsd_queries_total{transport="tls"} 1' in names.metrics()


def test_an_answer_of_any_size(secure):
    names = secure()
    reply = dns.query.tls(dns.message.make_query("many.marathon.mesos", "A"), names.tls[0], port=names.tls[1],
                          timeout=10, ssl_context=ssl._create_unverified_context())
    assert len(reply.answer[0]) == 200


def test_many_queries_on_one_connection(secure):
    names = secure()
    with connect(names) as connection:
        for _ in range(500):
            dns.query.send_tcp(connection, dns.message.make_query(NAME, "A"))
        for _ in range(500):
            assert dns.query.receive_tcp(connection)[0].rcode() == dns.rcode.NOERROR


def test_zone_transfers_are_refused_as_over_tcp(secure):
    names = secure()
    with connect(names) as connection:
        dns.query.send_tcp(connection, dns.message.make_query("mesos", "AXFR"))
        assert dns.query.receive_tcp(connection)[0].rcode() == dns.rcode.REFUSED


def test_forwarded_answers_come_over_tls(secure):
    upstream = ScriptedUpstream()
    try:
        names = secure(forward_to=[upstream.address])
        with connect(names) as connection:
            assert ask_over(connection, "www.example").answer[0][0].address == "192.0.2.1"
    finally:
        upstream.stop()


def test_new_certificates_are_taken_without_restart(secure, certificate):
    names = secure()
    assert shown(names) == certificate.der()
    with connect(names) as old:
        certificate.renew()
        wait_until(lambda: shown(names) == certificate.der(), "the new certificate")
        assert ask_over(old).rcode() == dns.rcode.NOERROR  # Nobody is interrupted.


def test_bad_certificates_leave_the_old_ones(secure, certificate):
    names = secure()
    good = certificate.der()
    certificate.file.write_text("no certificate\n")
    wait_until(lambda: "dns keeps its old certificate" in names.process.output(), "a warning")
    assert "dns.tls_certificate_file" in names.process.output()
    assert shown(names) == good
    certificate.renew()
    wait_until(lambda: shown(names) == certificate.der(), "the new certificate")


def test_who_speaks_no_tls_is_closed(secure):
    names = secure()
    with socket.create_connection(names.tls, timeout=10) as connection:
        dns.query.send_tcp(connection, dns.message.make_query(NAME, "A"))
        assert ends(connection)
    with connect(names) as connection:
        assert ask_over(connection).rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01"], ids=["silent", "handshake cut"])
def test_who_never_shakes_hands_is_closed(secure, sent):
    names = secure(tcp_idle_timeout="200ms", tcp_message_timeout="200ms")
    with socket.create_connection(names.tls, timeout=20) as connection:
        connection.sendall(sent)
        assert ends(connection)


def half_open(names, own):
    """A connection whose handshake has begun and does not go on."""
    one = socket.create_connection(names.tls, timeout=10, source_address=(own, 0))
    one.sendall(b"\x16\x03\x01")
    return one


def test_handshakes_of_some_keep_nobody_else_out(secure):
    """One address begins as many as it can and ends none, another one makes them without end."""
    names = secure(tcp_connections=100, tcp_client_connections=20, tcp_message_timeout="60s")
    made, stop = [], threading.Event()

    def flood():
        while not stop.is_set():
            with contextlib.suppress(OSError), connect(names, "127.0.0.3"):
                made.append(1)

    floods = [threading.Thread(target=flood) for _ in range(4)]
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(half_open(names, "127.0.0.2"))
        wait_until(lambda: 'signpost_dnsd_tcp_closed_total{reason="client_limit"} 20' in names.metrics(), "too many")
        for thread in floods:
            thread.start()
        try:
            while len(made) < 200:
                assert names.addresses(NAME) == ["10.0.0.1", "10.0.0.2"]  # Over UDP.
                with connect(names) as connection:
                    assert ask_over(connection).rcode() == dns.rcode.NOERROR
        finally:
            stop.set()
            for thread in floods:
                thread.join()
