"""dig, kdig, drill and Unbound find what runs: each has its own idea of what DNS is."""

import re

import dns.rcode
import dns.rdatatype
import pytest

from support.fake_marathon import make_task
from support.tools import client, run, wait_until
from support.unbound import Unbound

@pytest.fixture
def unbound(names, tmp_path):
    resolver = Unbound(tmp_path, "mesos", names.dns)
    yield resolver
    resolver.stop()


# --- command line clients: name, package, how they are told where to ask

CLIENTS = {
    "dig": ("bind9-dnsutils", lambda host, port: [f"@{host}", "-p", str(port)]),
    "kdig": ("knot-dnsutils", lambda host, port: [f"@{host}", "-p", str(port)]),
    "drill": ("ldnsutils", lambda host, port: [f"@{host}", "-p", str(port)]),
}


def ask(names, program, *arguments):
    package, server = CLIENTS[program]
    return run(client(program, package), *server(*names.dns), *arguments)


def answers_in(text, rdtype):
    """The data of the answer records of a type, as every one of these programs prints them."""
    return re.findall(rf"^\S+\s+\d+\s+IN\s+{rdtype}\s+(.+?)\s*$", text, re.M)


@pytest.mark.parametrize("program", CLIENTS)
def test_addresses(names, program):
    assert sorted(answers_in(ask(names, program, "web.marathon.mesos", "A"), "A")) == ["10.0.0.1", "10.0.0.2"]


@pytest.mark.parametrize("program", CLIENTS)
def test_ports(names, program):
    text = ask(names, program, "_web._tcp.marathon.mesos", "SRV")
    assert sorted(data.split()[2] for data in answers_in(text, "SRV")) == ["31000", "31001"]
    assert sorted(answers_in(text, "A")) == ["10.0.0.1", "10.0.0.2"]  # Of the targets.


@pytest.mark.parametrize("program", CLIENTS)
def test_a_missing_name(names, program):
    text = ask(names, program, "none.marathon.mesos", "A")
    assert "NXDOMAIN" in text
    assert answers_in(text, "SOA")


@pytest.mark.parametrize("program, option", [("dig", "+edns"), ("kdig", "+edns"), ("drill", "-t")])
def test_two_hundred_addresses(names, program, option):
    """dig and kdig go on over TCP by themselves when an answer was cut; drill wants to be told."""
    assert len(answers_in(ask(names, program, option, "many.marathon.mesos", "A"), "A")) == 200


def test_dig_sees_an_authoritative_server(names):
    text = ask(names, "dig", "web.marathon.mesos", "A")
    assert "status: NOERROR" in text
    assert re.search(r";; flags: qr aa rd; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1", text)
    assert "EDNS: version: 0, flags:; udp: 1232" in text
    assert "Warning" not in text.replace("WARNING: recursion requested but not available", "")


def test_dig_sees_the_cut(names):
    text = ask(names, "dig", "+ignore", "+noedns", "many.marathon.mesos", "A")
    assert re.search(r";; flags: qr aa tc rd;", text)
    assert int(re.search(r"MSG SIZE +rcvd: (\d+)", text)[1]) <= 512


def test_kdig_reuses_a_connection(names):
    text = ask(names, "kdig", "+tcp", "+keepopen", "web.marathon.mesos", "A", "_web._tcp.marathon.mesos", "SRV",
               "none.mesos", "A")
    assert len(answers_in(text, "SRV")) == 2
    assert "NXDOMAIN" in text


# --- a resolver between us and the client


def answer(resolver, name, rdtype):
    reply = resolver.query(name, rdtype)
    assert reply.rcode() == dns.rcode.NOERROR
    return [record for rrset in reply.answer for record in rrset]


def test_unbound_resolves_addresses(unbound):
    assert sorted(r.address for r in answer(unbound, "web.marathon.mesos", "A")) == ["10.0.0.1", "10.0.0.2"]


def test_unbound_resolves_ports_and_targets(unbound):
    found = answer(unbound, "_web._tcp.marathon.mesos", "SRV")
    assert sorted(r.port for r in found) == [31000, 31001]
    assert sorted(answer(unbound, r.target, "A")[0].address for r in found) == ["10.0.0.1", "10.0.0.2"]


def test_unbound_fetches_long_answers_over_tcp(names, unbound):
    assert len(answer(unbound, "many.marathon.mesos", "A")) == 200
    assert 'signpost_dnsd_queries_total{transport="tcp"} 0\n' not in names.metrics()


def test_unbound_believes_what_is_missing(unbound):
    for name, rdtype, rcode in (("none.marathon.mesos", "A", dns.rcode.NXDOMAIN),
                                ("web.marathon.mesos", "AAAA", dns.rcode.NOERROR),
                                ("_tcp.marathon.mesos", "A", dns.rcode.NOERROR)):
        reply = unbound.query(name, rdtype)
        assert reply.rcode() == rcode
        assert not reply.answer
        assert [rrset.rdtype for rrset in reply.authority] == [dns.rdatatype.SOA]


def test_unbound_learns_of_a_new_task_when_the_time_is_up(unbound, marathon):
    assert len(answer(unbound, "web.marathon.mesos", "A")) == 2
    marathon.start_task("/web", make_task("/web", "10.0.0.3", 2))
    wait_until(lambda: len(answer(unbound, "web.marathon.mesos", "A")) == 3, "the third task")
