"""What an operator meets first: help, checks and errors that say what to do."""

import json
import os
import signal
import socket
import subprocess

from support.signpost import BINARY
from support.tools import SOURCE, free_ports


def signpost(*arguments, env=None):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=30,
                          env=os.environ | (env or {}))


def test_help_names_every_command():
    done = signpost("--help")
    assert done.returncode == 0
    for command in ("run", "dnsd", "vipd", "status", "services", "endpoints", "explain", "query", "top", "vips",
                    "weight", "switch", "rollout", "drain", "check", "import", "demo", "marathon", "completion", "man"):
        assert f"\n  {command} " in done.stdout


def test_every_example_is_accepted():
    examples = sorted((SOURCE / "config/examples").glob("*.yaml"))
    assert examples
    for example in examples:
        assert signpost("check", example).stdout == f"{example}: ok\n"


def test_an_unknown_option_names_line_and_nearest(tmp_path):
    config = tmp_path / "bad.yaml"
    config.write_text("dns:\n  tll: 5s\n")
    done = signpost("run", "-c", config)
    assert done.returncode == 1
    assert f"{config}:2:" in done.stderr and "dns.ttl" in done.stderr


def test_a_printed_configuration_is_read_back(tmp_path):
    printed = signpost("check", "--print-config").stdout
    config = tmp_path / "printed.yaml"
    config.write_text(printed)
    assert signpost("check", "--print-config", config).stdout == printed


def test_a_port_in_use_names_the_option(tmp_path):
    marathon, dns, admin = free_ports(3)
    for option, taken in (("dns.listen", dns), ("admin.listen", admin), ("minimarathon.listen", marathon)):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", taken))
            holder.listen()
            config = tmp_path / f"{option}.yaml"
            config.write_text(f"dns: {{listen: ['127.0.0.1:{dns}']}}\nadmin: {{listen: '127.0.0.1:{admin}'}}\n"
                              f"minimarathon: {{listen: '127.0.0.1:{marathon}'}}\nvip: {{workers: 1}}\n")
            done = signpost("run", "--with-marathon", "-c", config)
            assert done.returncode == 1
            assert option in done.stderr and f"127.0.0.1:{taken}" in done.stderr


def test_ends_on_both_signals(start):
    for how in (signal.SIGINT, signal.SIGTERM):
        assert start().stop(how) == 0


def test_status_says_in_words_how_it_is(system):
    done = signpost("status", "--admin", system.admin)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("in step with its sources\n")
    assert "\nmarathon: connected\n" in done.stdout
    told = json.loads(signpost("status", "--json", "--admin", system.admin).stdout)
    assert [source["name"] for source in told["sources"]] == ["marathon"]


def test_status_says_that_nobody_answers():
    done = signpost("status", "--admin", f"http://127.0.0.1:{free_ports(1)[0]}")
    assert done.returncode == 1
    assert "--admin" in done.stderr


def test_the_roles_can_run_apart(start):
    whole = start()
    names = start(role="dnsd", marathon_url=whole.marathon)
    vips = start(role="vipd", marathon_url=whole.marathon)
    assert "signpost_dnsd_queries_total" in names.metrics()
    assert "signpost_vipd" not in names.metrics()
    assert "signpost_vipd_vips" in vips.metrics()
    assert "signpost_dnsd" not in vips.metrics()
