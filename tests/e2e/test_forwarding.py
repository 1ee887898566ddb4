"""Names outside our zones: asked of upstreams that work, are slow, lie, fail or do not answer."""

import socket
import threading

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from support import name_servers
from support.scripted_upstream import MANY, ScriptedUpstream
from support.tools import wait_until
from support.unbound import Unbound

ZONE = """$ORIGIN corp.example.
$TTL 300
@ SOA ns.corp.example. root.corp.example. 1 60 60 60 30
@ NS ns.corp.example.
ns A 192.0.2.53
www A 192.0.2.80
www AAAA 2001:db8::80
alias CNAME www
@ MX 10 www
_web._tcp SRV 0 1 80 www
"""


@pytest.fixture
def upstream():
    """Makes scripted upstreams that end with the test."""
    made = []

    def make_one(**options):
        made.append(ScriptedUpstream(**options))
        return made[-1]

    yield make_one
    for one in made:
        one.stop()


@pytest.fixture
def forwarding(start, marathon):
    """A dnsd that forwards, as its options say."""
    def start_one(*upstreams, **options):
        addresses = [one.address for one in upstreams]
        return start(role="dnsd", marathon_url=marathon.url, options={"dns": {"forward_to": addresses, **options}})
    return start_one


def ede(reply):
    """The codes of its extended errors."""
    return [option.code for option in reply.options if isinstance(option, dns.edns.EDEOption)]


def ask(names, name, rdtype="A", **options):
    return names.query(name, rdtype, use_edns=0, payload=1232, **options)


def texts(reply):
    return sorted(record.to_text() for rrset in reply.answer for record in rrset)


def metric(names, name):
    (line,) = [line for line in names.metrics().splitlines() if line.startswith(name + " ")]
    return float(line.split()[-1])


# --- who is answered


def test_nothing_is_forwarded_by_default(names):
    reply = ask(names, "www.example")
    assert reply.rcode() == dns.rcode.REFUSED
    assert not reply.flags & dns.flags.RA
    assert ede(reply) == [20]


def test_only_allowed_clients_get_recursion(forwarding, upstream):
    names = forwarding(upstream(), allow_recursion=["10.0.0.0/8"])
    reply = ask(names, "www.example")
    assert reply.rcode() == dns.rcode.REFUSED
    assert not reply.flags & dns.flags.RA
    assert ede(reply) == [18]
    own = ask(names, "web.marathon.mesos")
    assert own.rcode() == dns.rcode.NOERROR and not own.flags & dns.flags.RA
    assert metric(names, 'signpost_dnsd_forward_answers_total{result="prohibited"}') == 1


def test_recursion_has_to_be_desired(forwarding, upstream):
    names = forwarding(upstream())
    query = dns.message.make_query("www.example", "A")
    query.flags &= ~dns.flags.RD
    assert names.ask(query).rcode() == dns.rcode.REFUSED


def test_own_names_are_never_forwarded(forwarding, upstream):
    one = upstream()
    names = forwarding(one)
    reply = ask(names, "nobody.marathon.mesos")
    assert reply.rcode() == dns.rcode.NXDOMAIN
    assert reply.flags & dns.flags.AA and reply.flags & dns.flags.RA
    assert not one.seen


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_an_alias_of_ours_is_followed_out_of_our_zones(forwarding, upstream, tcp):
    one = upstream()
    names = forwarding(one, records=["far.mesos 7 CNAME www.example", "farther.mesos CNAME far.mesos",
                                     "nowhere.mesos CNAME none.example"])
    for name, aliases in [("far.mesos", ["www.example."]), ("farther.mesos", ["far.mesos.", "www.example."])]:
        for _ in range(2):  # From the upstream, and from the cache.
            reply = ask(names, name, tcp=tcp)
            assert reply.rcode() == dns.rcode.NOERROR and reply.flags & dns.flags.AA and reply.flags & dns.flags.RA
            assert [str(record) for rrset in reply.answer for record in rrset] == [*aliases, "192.0.2.1"]
            assert reply.answer[-1].name.to_text() == "www.example."
    assert ask(names, "nowhere.mesos", tcp=tcp).rcode() == dns.rcode.NXDOMAIN
    assert len(one.queries_for("www.example")) == 1 and not one.queries_for("far.mesos")


def test_who_may_not_have_recursion_gets_the_alias_alone(forwarding, upstream):
    one = upstream()
    names = forwarding(one, records=["far.mesos CNAME www.example"], allow_recursion=["192.0.2.0/24"])
    reply = ask(names, "far.mesos")
    assert texts(reply) == ["www.example."]
    assert not reply.flags & dns.flags.RA and not one.seen


def test_what_an_alias_leads_to_is_cut_as_all_else(forwarding, upstream):
    names = forwarding(upstream(), records=["far.mesos CNAME many.example"])
    reply = ask(names, "far.mesos", tcp=True)
    assert len(texts(reply)) == MANY + 1
    assert ask(names, "far.mesos").flags & dns.flags.TC


# --- answers


def test_an_answer_comes_from_the_upstream_and_then_from_the_cache(forwarding, upstream):
    one = upstream()
    names = forwarding(one)
    for name in ("www.example", "WWW.Example"):
        reply = ask(names, name)
        assert reply.rcode() == dns.rcode.NOERROR
        assert reply.flags & dns.flags.RA and not reply.flags & dns.flags.AA
        assert reply.answer[0].name.to_text() == name + "."
        assert texts(reply) == ["192.0.2.1"]
        assert 0 < reply.answer[0].ttl <= 60
    assert one.queries_for("www.example")
    assert metric(names, 'signpost_dnsd_forward_answers_total{result="hit"}') == 1
    assert metric(names, "signpost_dnsd_cache_entries") == 1


def test_denials_are_kept_too(forwarding, upstream):
    names = forwarding(upstream())
    for _ in range(2):
        reply = ask(names, "none.example")
        assert reply.rcode() == dns.rcode.NXDOMAIN
        (soa,) = reply.authority
        assert soa.rdtype == dns.rdatatype.SOA and soa.ttl <= 30
    assert metric(names, 'signpost_dnsd_forward_answers_total{result="hit"}') == 1


def test_a_truncated_reply_is_fetched_over_tcp(forwarding, upstream):
    one = upstream()
    names = forwarding(one)
    reply = ask(names, "many.example")
    assert reply.flags & dns.flags.TC
    assert len(ask(names, "many.example", tcp=True).answer[0]) == MANY
    assert {seen.tcp for seen in one.queries_for("many.example")} == {False, True}


def test_failures_are_servfail(forwarding, upstream):
    names = forwarding(upstream(), upstream())
    assert ask(names, "servfail.example").rcode() == dns.rcode.SERVFAIL


@pytest.mark.parametrize("kind", ["bind", "knot", "nsd"])
def test_a_zone_at_real_servers(forwarding, tmp_path, kind):
    if reason := name_servers.missing(kind):
        pytest.skip(reason)
    directory = tmp_path / kind
    directory.mkdir()
    (directory / "corp.zone").write_text(ZONE)
    server = name_servers.primary(kind, directory, "corp.example", directory / "corp.zone")
    try:
        names = forwarding(forward_zones=[f"corp.example 127.0.0.1:{server.port}"])
        assert texts(ask(names, "www.corp.example")) == ["192.0.2.80"]
        assert texts(ask(names, "www.corp.example", "AAAA")) == ["2001:db8::80"]
        assert texts(ask(names, "alias.corp.example")) == ["192.0.2.80", "www.corp.example."]
        assert texts(ask(names, "corp.example", "MX")) == ["10 www.corp.example."]
        assert texts(ask(names, "_web._tcp.corp.example", "SRV")) == ["0 1 80 www.corp.example."]
        assert ask(names, "nobody.corp.example").rcode() == dns.rcode.NXDOMAIN
        assert ask(names, "www.corp.example", "TXT").rcode() == dns.rcode.NOERROR
        assert ask(names, "www.example").rcode() == dns.rcode.REFUSED  # For that nobody is there.
    finally:
        server.stop()


def test_a_real_resolver_in_between(forwarding, names, tmp_path):
    """One dnsd forwards to Unbound, which asks another dnsd."""
    unbound = Unbound(tmp_path, "mesos", names.dns)
    try:
        front = forwarding(mesos_domain="other", forward_to=[f"127.0.0.1:{unbound.port}"])
        assert texts(ask(front, "web.marathon.mesos")) == ["10.0.0.1", "10.0.0.2"]
        assert ask(front, "nobody.marathon.mesos").rcode() == dns.rcode.NXDOMAIN
        reply = ask(front, "many.marathon.mesos", tcp=True)
        assert texts(reply) == names.addresses("many.marathon.mesos") or len(texts(reply)) > 20
    finally:
        unbound.stop()


# --- upstreams that misbehave


def test_a_dead_upstream_is_replaced(forwarding, upstream):
    names = forwarding(upstream(silent=True), upstream(number=2))
    for i in range(5):
        assert texts(ask(names, f"www{i}.example")) == ["192.0.2.2"]


def test_an_upstream_that_does_not_listen_is_replaced(forwarding, upstream):
    gone = upstream()
    gone.stop()
    names = forwarding(gone, upstream(number=2))
    for i in range(5):
        assert texts(ask(names, f"www{i}.example")) == ["192.0.2.2"]


def test_a_slow_upstream_is_raced(forwarding, upstream):
    slow, fast = upstream(), upstream(number=2)
    fast.release()
    names = forwarding(slow, fast)
    answers = [texts(ask(names, f"held{i}.example")) for i in range(3)]
    assert answers == [["192.0.2.2"]] * 3
    assert metric(names, "signpost_dnsd_forward_races_total") >= 1


def test_an_upstream_that_changes_case_is_asked_over_tcp(forwarding, upstream):
    one = upstream()
    names = forwarding(one)
    name = "lower.a-name-with-many-letters.example"
    assert texts(ask(names, name)) == ["192.0.2.1"]
    assert {seen.tcp for seen in one.queries_for(name)} == {False, True}
    assert metric(names, "signpost_dnsd_forward_wrong_case_total") >= 1


def test_a_stale_answer_is_better_than_none(forwarding, upstream):
    one = upstream(ttl=1)
    names = forwarding(one, prefetch=False)
    assert texts(ask(names, "www.example")) == ["192.0.2.1"]
    one.silent = True
    reply = wait_until(lambda: (got := ask(names, "www.example")) and ede(got) and got, "a stale answer")
    assert ede(reply) == [3]
    assert texts(reply) == ["192.0.2.1"]
    assert reply.answer[0].ttl == 30


def test_a_loop_ends(forwarding, upstream):
    one = upstream()
    names = forwarding(one)
    one.loop_to = names.dns
    assert ask(names, "loop.a-name-with-many-letters.example").rcode() == dns.rcode.SERVFAIL
    assert metric(names, 'signpost_dnsd_forward_answers_total{result="loop"}') >= 1
    assert len(one.seen) < 10


# --- what forgers have to guess


def test_ids_ports_and_case_vary(forwarding, upstream):
    one = upstream()
    names = forwarding(one)
    for i in range(40):
        ask(names, f"host{i}.department.corporation.example")
    assert len({seen.port for seen in one.seen}) > 30
    assert len({seen.id for seen in one.seen}) > 30
    assert len({seen.name.split(".", 1)[1] for seen in one.seen}) > 30  # The rest is one name.


# --- many at a time


def test_equal_questions_are_asked_once(forwarding, upstream):
    one = upstream()
    names = forwarding(one, forward_timeout="30s")
    replies = []

    def client():
        replies.append(ask(names, "held.example"))

    clients = [threading.Thread(target=client) for _ in range(10)]
    for thread in clients:
        thread.start()
    wait_until(lambda: metric(names, "signpost_dnsd_forward_coalesced_total") == 9, "all have asked")
    one.release()
    for thread in clients:
        thread.join()
    assert [texts(reply) for reply in replies] == [["192.0.2.1"]] * 10
    assert metric(names, 'signpost_dnsd_forward_answers_total{result="upstream"}') == 10


def test_over_tcp_others_need_not_wait(forwarding, upstream):
    """RFC 7766 section 6.2.1.1: answers come in the order in which they are ready."""
    one = upstream()
    names = forwarding(one, forward_timeout="30s")
    with socket.create_connection(names.dns, timeout=10) as connection:
        held, own = dns.message.make_query("held.example", "A"), dns.message.make_query("web.marathon.mesos", "A")
        dns.query.send_tcp(connection, held)
        dns.query.send_tcp(connection, own)
        first, _ = dns.query.receive_tcp(connection)
        assert first.id == own.id
        connection.shutdown(socket.SHUT_WR)  # Whoever has asked everything still gets everything.
        one.release()
        second, _ = dns.query.receive_tcp(connection)
        assert second.id == held.id and texts(second) == ["192.0.2.1"]
        assert connection.recv(1) == b""


def test_clients_that_leave_are_forgotten(forwarding, upstream):
    one = upstream()
    names = forwarding(one, forward_timeout="30s")
    with socket.create_connection(names.dns, timeout=10) as connection:
        dns.query.send_tcp(connection, dns.message.make_query("held.example", "A"))
        wait_until(lambda: one.seen, "the upstream was asked")
    one.release()
    assert texts(ask(names, "www.example")) == ["192.0.2.1"]
    assert names.process.running()
