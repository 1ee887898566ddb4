"""Secondaries: BIND, Knot and NSD take our zones, hear of changes, and keep up, with and without signatures."""

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsigkeyring
import dns.zone
import pytest

from support import name_servers
from support.fake_marathon import WEB, make_app, make_task
from support.tools import client, free_ports, run, wait_until

KEY = ("key.mesos", "c2VjcmV0IG9mIHR3byBzZXJ2ZXJz")
SECONDARIES = ("bind", "knot", "nsd")
NEW = make_task("/web", "10.0.0.9", 9)


def transfer(names, zone="mesos", **options):
    """The zone by AXFR, as dnspython reads it: strictly."""
    answer = dns.query.xfr(names.dns[0], zone, port=names.dns[1], lifetime=20, relativize=False, **options)
    return dns.zone.from_xfr(answer, relativize=False)


def texts(zone):
    return {f"{name} {rdata}" for name, _, rdata in zone.iterate_rdatas() if rdata.rdtype != dns.rdatatype.SOA}


def serial_of(server):
    """The serial of `mesos.` there; None while it does not know the zone."""
    try:
        (rrset,) = server.query("mesos", "SOA").answer
        return rrset[0].serial
    except (ValueError, dns.exception.Timeout):
        return None


@pytest.fixture
def open_names(start, marathon):
    """A dnsd that gives its zones to this host."""
    def start_one(**dns_options):
        return start(role="dnsd", marathon_url=marathon.url,
                     options={"dns": {"transfer_to": ["127.0.0.0/8"], **dns_options}})
    return start_one


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "keys"
    path.write_text(" ".join(KEY) + "\n")
    return str(path)


# --- clients


def test_nobody_gets_a_zone_by_default(names):
    with pytest.raises(dns.query.TransferError) as refused:
        transfer(names)
    assert refused.value.rcode == dns.rcode.REFUSED


def test_a_zone_holds_what_queries_answer(open_names):
    names = open_names()
    zone = transfer(names)
    assert {f"many.marathon.mesos. {address}" for address in names.addresses("many.marathon.mesos")} <= texts(zone)
    for name, rdtype in [("web.marathon.mesos", "A"), ("_web._tcp.marathon.mesos", "SRV"), ("mesos", "NS")]:
        for rrset in names.query(name, rdtype).answer:
            assert {f"{rrset.name} {rdata}" for rdata in rrset} <= texts(zone)
    assert not any("thisdcos" in text for text in texts(zone))
    assert any("agentip.dcos.thisdcos.directory" in text for text in texts(transfer(names, "thisdcos.directory")))


def test_a_zone_holds_what_lies_at_aliases(open_names):
    names = open_names()
    for domain in ("mesos.thisdcos.directory", "mesos.thisdcos.global"):
        zone = texts(transfer(names, domain.partition(".")[2]))
        for address in names.addresses(f"web.marathon.{domain}"):
            assert f"web.marathon.{domain}. {address}" in zone
        assert not any(text.startswith(f"{domain}. ns") for text in zone)  # A secondary would delegate it.
    assert 'signpost_dnsd_transfers_total{result="whole"} 2' in names.metrics()


def test_validators_of_other_servers_find_nothing_wrong(open_names, tmp_path):
    lines = run(client("dig", "bind9-dnsutils"), "@127.0.0.1", "-p", str(open_names().dns[1]), "mesos", "AXFR",
                "+onesoa", "+nocomments", "+nostats", "+nocmd")
    path = tmp_path / "zone"
    path.write_text(lines)
    for kind, command in [("bind", ("named-checkzone", "-k", "ignore")), ("nsd", ("nsd-checkzone",))]:
        if (why := name_servers.missing(kind)) is not None:
            pytest.skip(why)
        run(name_servers.find(command[0]), *command[1:], "mesos", str(path))


def test_a_signature_is_asked_for_when_there_are_keys(open_names, key_file):
    names = open_names(transfer_key_file=key_file)
    with pytest.raises(dns.query.TransferError):
        transfer(names)
    keyring = dns.tsigkeyring.from_text(dict([KEY]))
    zone = transfer(names, keyring=keyring, keyname=KEY[0], keyalgorithm="hmac-sha256")
    assert len(texts(zone)) > 400
    with pytest.raises(dns.exception.DNSException):
        wrong = dns.tsigkeyring.from_text({KEY[0]: "b3RoZXI="})
        transfer(names, keyring=wrong, keyname=KEY[0], keyalgorithm="hmac-sha256")


def test_signed_queries_get_signed_answers(open_names, key_file):
    names = open_names(transfer_key_file=key_file)
    message = dns.message.make_query("web.marathon.mesos", "A")
    message.use_tsig(dns.tsigkeyring.from_text(dict([KEY])), algorithm="hmac-sha256")
    for tcp in (False, True):
        reply = names.ask(message, tcp)  # dnspython verifies it.
        assert reply.had_tsig and reply.answer


def test_an_incremental_transfer_is_the_difference(open_names, marathon):
    names = open_names()
    before = transfer(names)
    serial = before.get_rdataset("mesos.", "SOA")[0].serial
    marathon.start_task("/web", NEW)
    wait_until(lambda: "10.0.0.9" in names.addresses("web.marathon.mesos"), "the new task")
    messages = list(dns.query.xfr(names.dns[0], "mesos", rdtype="IXFR", serial=serial, port=names.dns[1], lifetime=20,
                                  relativize=False))
    assert sum(len(rrset) for message in messages for rrset in message.answer) < 30
    assert "10.0.0.9" in "".join(str(message) for message in messages)


# --- secondaries


def secondary(kind, directory, names, port, key=None, notify_key=True):
    """A server that follows the zone `mesos.` of ours; with a key, it takes no NOTIFY but signed ones, or if not
    `notify_key` none that is signed."""
    if (why := name_servers.missing(kind)) is not None:
        pytest.skip(why)
    primary = names.dns
    if kind == "bind":
        keys = f'key "{key[0]}" {{{{ algorithm hmac-sha256; secret "{key[1]}"; }}}};\n' if key else ""
        by = f' key "{key[0]}"' if key else ""
        return name_servers.Bind(directory, keys + name_servers.Bind.OPTIONS % "min-refresh-time 1;" + f"""
zone "mesos" {{{{ type secondary; primaries {{{{ {primary[0]} port {primary[1]}{by}; }}}}; file "{directory}/copy";
  masterfile-format text; check-names ignore; allow-notify {{{{{by or " 127.0.0.1"}; }}}}; }}}};
""", port)
    if kind == "knot":
        return name_servers.knot_secondary(directory, primary, port, key)
    keys = f"key:\n  name: {key[0]}\n  algorithm: hmac-sha256\n  secret: {key[1]}\n" if key else ""
    by = key[0] if key else "NOKEY"
    return name_servers.Nsd(directory, name_servers.Nsd.OPTIONS + keys + f"""
zone:
  name: mesos
  zonefile: copy
  request-xfr: {primary[0]}@{primary[1]} {by}
  allow-notify: 127.0.0.1 {by if notify_key else "NOKEY"}
""", port)


def caught_up(copy, names):
    return serial_of(copy) is not None and serial_of(copy) == serial_of(names)


@pytest.mark.parametrize("signed", [False, True], ids=["address", "key"])
@pytest.mark.parametrize("kind", SECONDARIES)
def test_a_secondary_keeps_up(open_names, marathon, tmp_path, kind, signed, key_file):
    (port,) = free_ports(1)
    options = {"notify": [f"127.0.0.1:{port}"]}
    if signed:
        options["transfer_key_file"] = key_file
    names = open_names(**options)
    copy = secondary(kind, tmp_path, names, port, KEY if signed else None)
    try:
        wait_until(lambda: caught_up(copy, names), f"{kind} has the zone")
        assert len(copy.query("many.marathon.mesos", "A", tcp=True).answer[0]) == 200
        marathon.start_task("/web", NEW)
        wait_until(lambda: "10.0.0.9" in names.addresses("web.marathon.mesos"), "the new task")
        wait_until(lambda: caught_up(copy, names), f"{kind} has the change")
        assert "10.0.0.9" in str(copy.query("web.marathon.mesos", "A").answer[0])
        marathon.end_task("/web", NEW)
        wait_until(lambda: "10.0.0.9" not in names.addresses("web.marathon.mesos"), "the task's end")
        wait_until(lambda: caught_up(copy, names), f"{kind} has the change back")
        assert "10.0.0.9" not in str(copy.query("web.marathon.mesos", "A").answer[0])
        assert not copy.query("nobody.mesos", "A").answer
    finally:
        copy.stop()


def test_a_secondary_that_takes_no_signature_is_told_without(open_names, marathon, tmp_path, key_file):
    (port,) = free_ports(1)
    names = open_names(notify=[f"127.0.0.1:{port}"], transfer_key_file=key_file)
    copy = secondary("nsd", tmp_path, names, port, KEY, notify_key=False)
    try:
        wait_until(lambda: caught_up(copy, names), "NSD has the zone")
        marathon.start_task("/web", NEW)
        wait_until(lambda: "10.0.0.9" in names.addresses("web.marathon.mesos"), "the new task")
        wait_until(lambda: caught_up(copy, names), "NSD has the change")
    finally:
        copy.stop()


def test_new_keys_count_without_a_restart(open_names, tmp_path):
    path = tmp_path / "keys"
    path.write_text(" ".join(KEY) + "\n")
    names = open_names(transfer_key_file=str(path))

    def can_transfer(name, secret):
        try:
            keyring = dns.tsigkeyring.from_text({name: secret})
            return bool(transfer(names, keyring=keyring, keyname=name, keyalgorithm="hmac-sha256"))
        except dns.exception.DNSException:
            return False

    assert can_transfer(*KEY) and not can_transfer("new.mesos", "bmV3")
    path.write_text("no key at all, but secret\n")
    wait_until(lambda: "dns keeps its old transfer keys" in names.process.output(), "an error")
    assert str(path) in names.process.output() and "but secret" not in names.process.output()
    assert can_transfer(*KEY)
    path.write_text("new.mesos bmV3\n")
    wait_until(lambda: can_transfer("new.mesos", "bmV3"), "the new key")
    assert not can_transfer(*KEY)


def test_a_cap_suits_a_bind_that_refuses_large_sets(open_names, tmp_path):
    """BIND's own limit is 100 records of a name and type; the service `many` has 200."""
    (port,) = free_ports(1)
    names = open_names(transfer_records=100)
    if (why := name_servers.missing("bind")) is not None:
        pytest.skip(why)
    copy = name_servers.Bind(tmp_path, (name_servers.Bind.OPTIONS % "").replace("max-records-per-type 0;", "") + f"""
zone "mesos" {{{{ type secondary; primaries {{{{ {names.dns[0]} port {names.dns[1]}; }}}}; check-names ignore; }}}};
""", port)
    try:
        wait_until(lambda: caught_up(copy, names), "BIND has the zone")
        assert len(copy.query("many.marathon.mesos", "A", tcp=True).answer[0]) == 100
    finally:
        copy.stop()


def test_serials_rise_across_restarts(start, marathon, tmp_path):
    options = {"state": {"path": str(tmp_path / "state")}}
    first = start(role="dnsd", marathon_url=marathon.url, options=options)
    before = serial_of(first)
    first.stop()
    assert serial_of(start(role="dnsd", marathon_url=marathon.url, options=options)) > before
