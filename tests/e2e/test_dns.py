"""What dnsd answers, byte for byte, to a strict client: the tasks are those of a scripted Marathon."""

import socket

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import pytest

from support.fake_marathon import WEB, MANY, make_app, make_task
from support.tools import wait_until

NAME = "web.marathon.mesos"
MANY_NAME = "many.marathon.mesos"


def records(section, rdtype):
    return [record for rrset in section if rrset.rdtype == rdtype for record in rrset]


def assert_negative(reply, rcode):
    """RFC 2308: the SOA of the zone, whose TTL says how long to remember that nothing is there."""
    assert reply.rcode() == rcode
    assert reply.flags & dns.flags.AA
    assert not reply.answer
    (soa,) = reply.authority
    assert (str(soa.name), soa.rdtype, soa.ttl) == ("mesos.", dns.rdatatype.SOA, 1)


# --- positive answers


def test_addresses_of_a_service(names):
    reply = names.query(NAME, "A")
    assert reply.rcode() == dns.rcode.NOERROR
    assert reply.flags & dns.flags.AA
    assert not reply.flags & (dns.flags.RA | dns.flags.TC | dns.flags.AD)
    (rrset,) = reply.answer
    assert sorted(r.address for r in rrset) == ["10.0.0.1", "10.0.0.2"]
    assert rrset.ttl == 5


def test_both_families_of_one_task(start, marathon):
    app = make_app("/dual", ["10.0.0.1"], networks=[{"mode": "container", "name": "net"}])
    app["tasks"][0]["ipAddresses"] = [{"ipAddress": "192.168.7.1", "protocol": "IPv4"},
                                      {"ipAddress": "fd00::7", "protocol": "IPv6"}]
    marathon.set_app(app)
    names = start(role="dnsd", marathon_url=marathon.url)
    assert names.addresses("dual.marathon.mesos", "A") == ["192.168.7.1"]
    assert names.addresses("dual.marathon.mesos", "AAAA") == ["fd00::7"]


def test_ports_of_a_service_come_with_the_addresses_of_their_targets(names):
    reply = names.query("_web._tcp.marathon.mesos", "SRV")
    found = records(reply.answer, dns.rdatatype.SRV)
    assert sorted(record.port for record in found) == [31000, 31001]
    glue = {rrset.name: [r.address for r in rrset] for rrset in reply.additional}
    by_port = {record.port: glue[record.target] for record in found}
    assert by_port == {31000: ["10.0.0.1"], 31001: ["10.0.0.2"]}
    for record in found:
        assert names.addresses(record.target) == glue[record.target]


def test_the_apex(names):
    (soa,) = records(names.query("mesos", "SOA").answer, dns.rdatatype.SOA)
    assert soa.minimum == 1
    reply = names.query("mesos", "NS")
    (server,) = records(reply.answer, dns.rdatatype.NS)
    assert [str(rrset.name) for rrset in reply.additional] == [str(server.target)]
    assert names.addresses(server.target) == ["127.0.0.1"]


def test_every_task_comes_first_at_times(names):
    first = set()

    def both_were_first():
        first.add(names.query(NAME, "A").answer[0][0].address)
        return len(first) == 2

    wait_until(both_were_first, "both tasks first")


def test_any_answers_with_something(names):
    reply = names.query(NAME, "ANY")
    assert reply.rcode() == dns.rcode.NOERROR
    assert reply.answer


def test_the_question_comes_back_as_it_was_written(names):
    reply = names.query("wEb.MaRaThOn.mEsOs", "A")
    assert str(reply.question[0].name) == "wEb.MaRaThOn.mEsOs."
    assert sorted(r.address for r in records(reply.answer, dns.rdatatype.A)) == ["10.0.0.1", "10.0.0.2"]


# --- negative answers


def test_a_name_that_does_not_exist(names):
    assert_negative(names.query("none.marathon.mesos", "A"), dns.rcode.NXDOMAIN)
    assert_negative(names.query(f"below.{NAME}", "A"), dns.rcode.NXDOMAIN)


@pytest.mark.parametrize("rdtype", ["AAAA", "TXT", "MX", "HTTPS", "TYPE666"])
def test_a_type_that_does_not_exist(names, rdtype):
    assert_negative(names.query(NAME, rdtype), dns.rcode.NOERROR)


def test_names_between_others_exist(names):
    """RFC 8020: below them is something, so resolvers may not be told that they are not there."""
    assert_negative(names.query("_tcp.marathon.mesos", "A"), dns.rcode.NOERROR)
    assert_negative(names.query("marathon.mesos", "TXT"), dns.rcode.NOERROR)


@pytest.mark.parametrize("name", ["example.com", ".", "notmesos", "web.marathon.mesos.example"])
def test_other_zones_are_refused(names, name):
    reply = names.query(name, "A")
    assert reply.rcode() == dns.rcode.REFUSED
    assert not reply.answer and not reply.authority
    assert not reply.flags & dns.flags.AA


def test_other_classes_and_transfers_are_refused(names):
    assert names.query(NAME, "A", rdclass=dns.rdataclass.CH).rcode() == dns.rcode.REFUSED
    assert names.query("mesos", "AXFR", tcp=True).rcode() == dns.rcode.REFUSED


def test_other_operations_are_not_implemented(names):
    message = dns.message.make_query(NAME, "A")
    message.set_opcode(dns.opcode.STATUS)
    reply = names.ask(message)
    assert reply.rcode() == dns.rcode.NOTIMP
    assert reply.opcode() == dns.opcode.STATUS


# --- EDNS and sizes


def test_edns_is_answered_with_edns(names):
    reply = names.query(NAME, "A", use_edns=0, payload=4096)
    assert reply.edns == 0
    assert reply.payload == 1232
    assert names.query(NAME, "A").edns == -1


def test_unknown_options_and_flags_do_not_come_back(names):
    unknown = dns.edns.GenericOption(100, b"data")
    reply = names.query(NAME, "A", use_edns=0, ednsflags=0x80, options=[unknown])
    assert reply.rcode() == dns.rcode.NOERROR
    assert reply.ednsflags & 0xFFFF == 0
    assert not reply.options


def test_a_new_secret_of_cookies_counts_without_a_restart(start, marathon, tmp_path):
    """Servers of one secret give one client the same cookie at the same time (RFC 9018)."""
    path, other = tmp_path / "secret", tmp_path / "other"
    path.write_text("0" * 32 + "\n")
    other.write_text("1" * 32 + "\n")
    ours, another = (start(role="dnsd", marathon_url=marathon.url, options={"dns": {"cookie_secret_file": str(file)}})
                     for file in (path, other))

    def cookies():
        """Of both, given in the same second."""
        option = dns.edns.GenericOption(10, b"12345678")
        while True:
            made = [server.query(NAME, "A", use_edns=0, options=[option]).options[0].to_wire()
                    for server in (ours, another)]
            if made[0][12:16] == made[1][12:16]:
                return made

    first, second = cookies()
    assert len(first) == len(second) == 24 and first != second
    path.write_text("no secret\n")
    wait_until(lambda: "dns keeps its old cookie secret" in ours.process.output(), "an error")
    first, second = cookies()
    assert first != second
    path.write_text("1" * 32 + "\n" + "0" * 32 + "\n")
    wait_until(lambda: len(set(cookies())) == 1, "the same cookie")


def test_newer_versions_of_edns_are_told_ours(names):
    message = dns.message.make_query(NAME, "A")
    message.use_edns(1)
    reply = names.ask(message)
    assert reply.rcode() == dns.rcode.BADVERS
    assert reply.edns == 0
    assert not reply.answer


@pytest.mark.parametrize("edns, limit", [({}, 512), ({"use_edns": 0, "payload": 100}, 512),
                                         ({"use_edns": 0, "payload": 1000}, 1000),
                                         ({"use_edns": 0, "payload": 4096}, 1232)])
def test_what_does_not_fit_is_cut_and_marked(names, edns, limit):
    reply = names.query(MANY_NAME, "A", **edns)
    assert reply.flags & dns.flags.TC
    size = len(reply.to_wire(max_size=65535))
    assert limit - 16 <= size <= limit  # As many records as fit.
    assert (reply.edns == 0) == bool(edns)


def test_everything_comes_over_tcp(names):
    message = dns.message.make_query(MANY_NAME, "A")
    reply, over_tcp = dns.query.udp_with_fallback(message, names.dns[0], port=names.dns[1], timeout=5)
    assert over_tcp
    assert not reply.flags & dns.flags.TC
    assert len(records(reply.answer, dns.rdatatype.A)) == 200


def test_two_hundred_ports_come_over_tcp(names):
    reply = names.query("_many._tcp.marathon.mesos", "SRV", tcp=True)
    assert sorted(r.port for r in records(reply.answer, dns.rdatatype.SRV)) == list(range(31000, 31200))
    assert len(records(reply.additional, dns.rdatatype.A)) == 200


# --- TCP (RFC 7766)


def framed(message):
    wire = message.to_wire()
    return len(wire).to_bytes(2, "big") + wire


def read_reply(stream):
    length = int.from_bytes(stream.read(2), "big")
    return dns.message.from_wire(stream.read(length))


@pytest.fixture
def connection(names):
    with socket.create_connection(names.dns, timeout=10) as made:
        yield made


def test_pipelined_queries_are_answered_in_order(connection):
    queries = [dns.message.make_query(NAME, "A", id=number) for number in range(1000)]
    connection.sendall(b"".join(map(framed, queries)))
    stream = connection.makefile("rb")
    assert [read_reply(stream).id for _ in queries] == list(range(1000))


def test_queries_may_come_octet_by_octet(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in framed(dns.message.make_query(NAME, "A", id=7)):
        connection.send(bytes([octet]))
    assert read_reply(connection.makefile("rb")).id == 7


def test_a_client_may_end_its_side_first(connection):
    connection.sendall(framed(dns.message.make_query(NAME, "A", id=7)))
    connection.shutdown(socket.SHUT_WR)
    stream = connection.makefile("rb")
    assert read_reply(stream).id == 7
    assert stream.read() == b""


def test_what_is_no_dns_ends_its_own_connection_only(names):
    with socket.create_connection(names.dns, timeout=10) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\nHost: mesos\r\n\r\n")
        assert stranger.recv(100) == b""  # It announced 18245 octets and did not send them in time.
    assert names.addresses(NAME)


def test_what_is_no_query_gets_no_answer(names):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.connect(names.dns)
        reply = dns.message.make_response(dns.message.make_query(NAME, "A"))
        for junk in (b"", b"x" * 11, reply.to_wire()):
            client.send(junk)
        client.send(dns.message.make_query(NAME, "A", id=7).to_wire())
        assert dns.message.from_wire(client.recv(512)).id == 7


def test_idle_connections_keep_nobody_out(names):
    idle = [socket.create_connection(names.dns, timeout=5) for _ in range(300)]
    try:
        assert names.addresses(NAME)
        assert names.query(NAME, "A", tcp=True).answer
    finally:
        for one in idle:
            one.close()


def test_names_that_do_not_exist_take_no_memory(names):
    def resident_kib():
        (line,) = [line for line in open(f"/proc/{names.process.popen.pid}/status") if line.startswith("VmRSS")]
        return int(line.split()[1])

    def flood(first, count):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.settimeout(5)
            one.connect(names.dns)
            for number in range(first, first + count, 50):  # No more under way than a queue holds.
                for i in range(number, number + 50):
                    one.send(dns.message.make_query(f"x{i}.{NAME}", "A").to_wire())
                for _ in range(50):
                    one.recv(4096)

    flood(0, 2000)
    before = resident_kib()
    flood(2000, 20000)
    assert resident_kib() - before < 1024


# --- changes


def wait_addresses(names, name, expected):
    wait_until(lambda: names.addresses(name) == expected, f"{name} is {expected}")


def test_a_task_that_ends_leaves_its_name(names, marathon):
    serial = records(names.query("mesos", "SOA").answer, dns.rdatatype.SOA)[0].serial
    marathon.end_task("/web", WEB["tasks"][0])
    wait_addresses(names, NAME, ["10.0.0.2"])
    assert records(names.query("mesos", "SOA").answer, dns.rdatatype.SOA)[0].serial > serial
    marathon.end_task("/web", WEB["tasks"][1])
    wait_until(lambda: names.query(NAME, "A").rcode() == dns.rcode.NXDOMAIN, "the name is gone")
    assert_negative(names.query("_web._tcp.marathon.mesos", "SRV"), dns.rcode.NXDOMAIN)


def test_a_task_that_starts_joins_its_name(names, marathon):
    marathon.start_task("/web", make_task("/web", "10.0.0.3", 2))
    wait_addresses(names, NAME, ["10.0.0.1", "10.0.0.2", "10.0.0.3"])


def test_nothing_is_lost_while_marathon_is_away(names, marathon):
    marathon.out_of_order = True
    marathon.cut()
    wait_until(lambda: marathon.streams == 0, "the stream is cut")
    assert names.addresses(NAME) == ["10.0.0.1", "10.0.0.2"]
    marathon.start_task("/web", make_task("/web", "10.0.0.3", 2))  # Nobody hears it.
    marathon.out_of_order = False
    wait_addresses(names, NAME, ["10.0.0.1", "10.0.0.2", "10.0.0.3"])


def test_before_marathon_answered_nothing_is_denied(start, marathon):
    marathon.out_of_order = True
    names = start(role="dnsd", marathon_url=marathon.url, wait=False)

    def rcode():
        assert names.process.running(), names.process.output()
        try:
            return dns.rcode.to_text(names.query(NAME, "A", tcp=True).rcode())
        except ConnectionRefusedError:  # Not bound yet; over UDP that is silence.
            return None

    assert wait_until(rcode, "an answer") == "SERVFAIL"
    marathon.out_of_order = False
    wait_addresses(names, NAME, ["10.0.0.1", "10.0.0.2"])


def test_queries_are_counted(names):
    for _ in range(3):
        names.query(NAME, "A")
    names.query("none.mesos", "A", tcp=True)
    names.query(MANY_NAME, "A")
    metrics = names.metrics()
    for line in ('signpost_dnsd_queries_total{transport="udp"} 4',
                 'signpost_dnsd_queries_total{transport="tcp"} 1',
                 'signpost_dnsd_responses_total{rcode="NXDOMAIN"} 1',
                 "signpost_dnsd_truncated_total 1"):
        assert f"{line}\n" in metrics
