"""Resolvers and libraries that stand between dnsd and programs: BIND, dnsmasq, c-ares, glibc and musl."""

import subprocess

import pycares
import pytest
import yaml

from support import name_servers
from support.resolvers import RESOLVERS
from support.signpost import Process
from support.tools import client, run, wait_until

# --- resolvers


@pytest.fixture(params=RESOLVERS)
def resolver(request, names, tmp_path):
    assert not name_servers.missing(request.param), name_servers.missing(request.param)
    directory = tmp_path / request.param
    directory.mkdir()
    one = RESOLVERS[request.param](directory, "mesos", names.dns)
    yield one
    one.stop()


def records(reply):
    return sorted(record.to_text() for rrset in reply.answer for record in rrset)


def test_a_resolver_finds_addresses(resolver):
    assert records(resolver.lookup("web.marathon.mesos", "A")) == ["10.0.0.1", "10.0.0.2"]


def test_a_resolver_finds_ports_and_their_targets(resolver):
    found = resolver.lookup("_web._tcp.marathon.mesos", "SRV").answer[0]
    assert sorted(record.port for record in found) == [31000, 31001]
    for record in found:
        assert len(records(resolver.lookup(record.target, "A"))) == 1


@pytest.mark.parametrize("kind", RESOLVERS)
def test_a_resolver_fetches_what_was_cut(start, marathon, tmp_path, kind):
    """BIND keeps no set of more than 100 records unless it is told to: dns.answer_records is for it."""
    names = start(role="dnsd", marathon_url=marathon.url, options={"dns": {"answer_records": 100}})
    resolver = RESOLVERS[kind](tmp_path, "mesos", names.dns)
    try:
        assert len(records(resolver.lookup("many.marathon.mesos", "A"))) == 100
    finally:
        resolver.stop()


def test_a_resolver_believes_what_is_missing(resolver):
    assert resolver.lookup("none.marathon.mesos", "A").rcode().name == "NXDOMAIN"
    empty = resolver.lookup("web.marathon.mesos", "AAAA")
    assert empty.rcode().name == "NOERROR" and not empty.answer


# --- c-ares, the library of curl, Node.js and others


def ares(names, name, kind):
    """What one query brings: the result, or the error's number."""
    channel = pycares.Channel(servers=[names.dns[0]], udp_port=names.dns[1], tcp_port=names.dns[1], timeout=10)
    done = []
    channel.query(name, kind, lambda result, error: done.append(error or result))
    while not done:
        readable, writable = channel.getsock()
        for fd in readable:
            channel.process_fd(fd, pycares.ARES_SOCKET_BAD)
        for fd in writable:
            channel.process_fd(pycares.ARES_SOCKET_BAD, fd)
    return done[0]


def test_c_ares_finds_addresses_and_ports(names):
    assert sorted(r.host for r in ares(names, "web.marathon.mesos", pycares.QUERY_TYPE_A)) == ["10.0.0.1", "10.0.0.2"]
    assert sorted(r.port for r in ares(names, "_web._tcp.marathon.mesos", pycares.QUERY_TYPE_SRV)) == [31000, 31001]
    assert len(ares(names, "many.marathon.mesos", pycares.QUERY_TYPE_A)) == 200
    assert ares(names, "none.marathon.mesos", pycares.QUERY_TYPE_A) == pycares.errno.ARES_ENOTFOUND


# --- getaddrinfo(): port 53 and /etc/resolv.conf, so in a network of our own

PROGRAM = r"""
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

int main(int count, char** names) {
  const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct addrinfo* found;
  char text[INET6_ADDRSTRLEN];
  if (count < 2 || getaddrinfo(names[1], "80", &hints, &found) != 0) return 1;
  for (; found; found = found->ai_next) {
    if (found->ai_family == AF_INET) {
      const struct sockaddr_in* four = (const void*)found->ai_addr;
      puts(inet_ntop(AF_INET, &four->sin_addr, text, sizeof text));
    } else {
      const struct sockaddr_in6* six = (const void*)found->ai_addr;
      puts(inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text));
    }
  }
}
"""


@pytest.fixture
def host(namespace, tmp_path):
    """A host whose only name server is dnsd, with three services."""
    services = {"one": {"endpoints": ["10.0.0.1", "10.0.0.2"]},
                "both": {"endpoints": [{"address": ["10.0.0.3", "fd00::3"]}]},
                "many": {"endpoints": [f"10.1.0.{i}" for i in range(1, 101)]}}
    (tmp_path / "services.yaml").write_text(yaml.safe_dump({"services": services}))
    (tmp_path / "signpost.yaml").write_text(yaml.safe_dump({
        "file": {"path": str(tmp_path / "services.yaml")}, "dns": {"listen": ["127.0.0.1:53"], "workers": 1},
        "admin": {"listen": "127.0.0.1:8080"}}))
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\nsearch file.mesos\noptions timeout:5\n")
    namespace.use_resolver(resolv)
    process = Process(["dnsd", "-c", tmp_path / "signpost.yaml"], tmp_path / "log", prefix=namespace.prefix)
    wait_until(lambda: "ready" in namespace.get("http://127.0.0.1:8080/readyz"), "readyz")
    yield namespace
    process.stop()
    print(process.output()[-20000:])


@pytest.fixture(params=["gcc", "musl-gcc"])
def look_up(request, host, tmp_path):
    """getaddrinfo() of one C library, as the set of addresses it finds."""
    package = "musl-tools" if request.param == "musl-gcc" else "gcc"
    source, program = tmp_path / "look_up.c", tmp_path / "look_up"
    source.write_text(PROGRAM)
    run(client(request.param, package), "-static" if "musl" in request.param else "-O1", "-o", program, source)

    def one(name):
        done = subprocess.run([*host.prefix, program, name], capture_output=True, text=True, timeout=60)
        return sorted(set(done.stdout.split()))
    return one


def test_c_libraries_find_addresses(look_up):
    assert look_up("one.file.mesos") == ["10.0.0.1", "10.0.0.2"]
    assert look_up("one") == ["10.0.0.1", "10.0.0.2"]  # Below the search domain.
    assert look_up("both.file.mesos") == ["10.0.0.3", "fd00::3"]
    assert look_up("none.file.mesos") == []


def test_c_libraries_find_a_hundred_addresses(look_up):
    """More than a datagram of 512 octets holds: glibc goes on over TCP, musl 1.2.3 takes the part that it got."""
    found = look_up("many.file.mesos")
    assert 25 <= len(found) <= 100
    assert set(found) <= {f"10.1.0.{i}" for i in range(1, 101)}
