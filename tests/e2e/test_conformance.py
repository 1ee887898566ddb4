"""Runs the cases of conformance/ against Signpost, and against BIND, Knot and NSD, which prove the cases right: what
one of them does otherwise is written down in DIFFERENCES and in docs/dns-conformance.md, and stays so only while true.
"""

import re

import pytest

import conformance
from support import name_servers
from support.fake_marathon import MANY, WEB, FakeMarathon
from support.signpost import Signpost
from support.tools import SOURCE
from support.wire import Peer

PEERS = ("bind", "knot", "nsd")
NAMES = [("mesos", "SOA"), ("mesos", "NS"), ("ns1.mesos", "A"), ("web.marathon.mesos", "A"),
         ("many.marathon.mesos", "A"), ("_web._tcp.marathon.mesos", "SRV")]


@pytest.fixture(scope="module")
def signpost(tmp_path_factory):
    marathon = FakeMarathon(WEB, MANY)
    one = Signpost(tmp_path_factory.mktemp("signpost"), role="dnsd", marathon_url=marathon.url)
    yield one
    one.stop()
    marathon.stop()
    print(f"--- signpost\n{one.process.output()[-20000:]}")


def zone_file(signpost, path):
    """The names that the cases ask for, as Signpost answers them, for the others to serve."""
    lines = ["$ORIGIN ."]
    for name, rdtype in NAMES:
        reply = signpost.query(name, rdtype, tcp=True)
        sections = reply.answer + (reply.additional if rdtype == "SRV" else [])
        lines += [rrset.to_text() for rrset in sections]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def peers(signpost, tmp_path_factory):
    """Starts the server of a kind when it is first asked for."""
    started = {"signpost": signpost}

    def peer(kind):
        if kind not in started:
            if (why := name_servers.missing(kind)) is not None:
                pytest.skip(why)
            directory = tmp_path_factory.mktemp(kind)
            started[kind] = name_servers.primary(kind, directory, "mesos",
                                                 zone_file(signpost, directory / "mesos.zone"))
        one = started[kind]
        return Peer(one.dns if kind == "signpost" else one.address)

    yield peer
    for kind, one in started.items():
        if kind != "signpost":
            one.stop()


@pytest.mark.parametrize("name", conformance.CASES)
@pytest.mark.parametrize("kind", ("signpost", *PEERS))
def test_case(peers, kind, name):
    _, check = conformance.CASES[name]
    peer = peers(kind)
    if (kind, name) not in conformance.DIFFERENCES:
        return check(peer)
    with pytest.raises(Exception):  # Whatever goes wrong: no reply, a bad one, a wrong one.
        check(peer)


def test_every_difference_is_of_a_case():
    assert {name for _, name in conformance.DIFFERENCES} <= set(conformance.CASES)
    assert {kind for kind, _ in conformance.DIFFERENCES} <= set(PEERS)


def test_the_document_lists_the_differences():
    document = (SOURCE / "docs/dns-conformance.md").read_text()
    rows = {line for line in document.splitlines() if line.startswith("| ")}
    missing = [f"| {name} | {conformance.CASES[name][0]} | {kind} | {what} |"
               for (kind, name), what in conformance.DIFFERENCES.items()]
    assert not [row for row in missing if row not in rows]
    assert sum(" | bind | " in row or " | knot | " in row or " | nsd | " in row for row in rows) == len(missing)


def test_the_document_names_cases_and_files_that_exist():
    document = (SOURCE / "docs/dns-conformance.md").read_text()
    table = document.split("## What is tried, and where")[1].split("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    cases = re.findall(r"\*([^*]+)\*", "".join(rows))
    files = re.findall(r"`(tests/[^`]+)`", "".join(rows))
    assert cases and files
    assert not [begin for begin in cases if not any(case.startswith(begin) for case in conformance.CASES)]
    assert not [case for case in conformance.CASES if not any(case.startswith(begin) for begin in cases)]
    assert not [path for path in files if not (SOURCE / path).exists()]
