"""One zone in Knot, in NSD (both by AXFR) and in dnsd: a seeded stream of queries gets the same answers from each."""

import os
import random

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.zone
import pytest

from support import name_servers
from support.tools import free_ports, wait_until
from test_transfer import caught_up, secondary

QUERIES = 1500
TYPES = ("A", "AAAA", "SRV", "TXT", "SOA", "NS", "PTR", "MX", "CNAME", "DS", "CAA", "NAPTR", "TYPE666")
SIZES = (None, 512, 1232, 4096)

# What is not of the zone, and so not the same everywhere: SVCB, HTTPS (made when asked for), ANY (RFC 8482 leaves it
# open), additional records, TTLs of nothing; and where an answer is cut, as long as what follows over TCP is the same.


def names_of(zone):
    """Names that exist, those between them and the apex, and some that do not exist."""
    present = sorted(str(name) for name in zone.nodes)
    between = {str(dns.name.from_text(name).parent()) for name in present if name != "mesos."}
    absent = [f"nobody{i}.{name}" for i, name in enumerate(present[:40]) if len(name) < 200]
    return present + sorted(between - set(present)) + absent + ["mesos.", "a.b.c.mesos."]


def in_random_case(name, choose):
    return "".join(choose.choice((c.lower(), c.upper())) for c in name)


def make_queries(zone, seed):
    choose = random.Random(seed)
    names = names_of(zone)
    for _ in range(QUERIES):
        name, size = in_random_case(choose.choice(names), choose), choose.choice(SIZES)
        options = {} if size is None else {"use_edns": 0, "payload": size}
        yield dns.message.make_query(name, choose.choice(TYPES), **options)


def records(section):
    return sorted(f"{rrset.name} {rrset.ttl} {record}".lower() for rrset in section for record in rrset)


def meaning(query, server):
    """What a client gets: over TCP when UDP cuts it."""
    reply, _ = dns.query.udp_with_fallback(query, server[0], port=server[1], timeout=10)
    rcode = dns.rcode.to_text(reply.rcode())
    authority = [] if reply.answer else records(reply.authority)
    return {"rcode": rcode, "aa": bool(reply.flags & dns.flags.AA), "question": str(reply.question[0].name),
            "edns": reply.edns, "answer": records(reply.answer), "authority": authority}


@pytest.mark.parametrize("kind", ["knot", "nsd"])
def test_answers_are_those_of_others(start, marathon, tmp_path, kind):
    if (why := name_servers.missing(kind)) is not None:
        pytest.skip(why)
    seed = int(os.environ.get("SIGNPOST_SEED", "20260101"))
    names = start(role="dnsd", marathon_url=marathon.url, options={"dns": {"transfer_to": ["127.0.0.0/8"]}})
    (port,) = free_ports(1)
    directory = tmp_path / kind
    directory.mkdir()
    other = secondary(kind, directory, names, port)
    try:
        wait_until(lambda: caught_up(other, names), f"{kind} has the zone")
        xfr = dns.query.xfr(names.dns[0], "mesos", port=names.dns[1], lifetime=20, relativize=False)
        zone = dns.zone.from_xfr(xfr, relativize=False)
        for query in make_queries(zone, seed):
            ours, theirs = meaning(query, names.dns), meaning(query, other.address)
            assert ours == theirs, f"seed {seed}, query {query.question[0]}"
    finally:
        other.stop()
