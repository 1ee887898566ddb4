"""What is printed from the table of commands: completions that shells take, and pages that people read."""

import os
import re
import shlex
import shutil
import socket
import subprocess

import pytest

from support.fake_marathon import FakeMarathon, make_app
from support.signpost import BINARY
from support.tools import SOURCE, run

BASH = """
source {script}
COMP_LINE={line} COMP_POINT=${{#COMP_LINE}} COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_signpost
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
# What anybody may write into the id of an app, and a shell that completes it must not run.
HOSTILE = "/$(touch touched)`touch touched`"


def shell(name):
    path = shutil.which(name)
    if not path:
        pytest.skip(f"{name} is not installed")
    return path


@pytest.fixture
def script(tmp_path):
    """The completion of a shell, in a file."""
    def write(name):
        path = tmp_path / f"signpost.{name}"
        path.write_text(run(BINARY, "completion", name))
        return path

    return write


def bash_offers(script, words, directory, line="", environment=None):
    """What bash offers for the last of the words; `line` is what was typed, where readline cut it at a colon."""
    text = BASH.format(script=script, words=words, line=shlex.quote(line))
    done = subprocess.run([shell("bash"), "--norc", "-c", text], text=True, capture_output=True, cwd=directory,
                          timeout=60, env=environment)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return set(done.stdout.splitlines()) - {""}


def test_bash_completes_commands_options_and_files(script, tmp_path):
    path = script("bash")
    (tmp_path / "here.yaml").touch()

    def offers(words):
        return bash_offers(path, words, tmp_path)

    assert offers("signpost ro") == {"rollout"}
    assert {"services", "explain", "top", "query", "run"} <= offers("signpost ''")
    assert offers("signpost rollout st") == {"start", "status"}
    assert offers("signpost rollout start --sc") == {"--scale", "--scale-limit"}
    assert offers("signpost run -c he") == {"here.yaml"}
    assert offers("signpost run -c here.yaml --w") == {"--with-marathon"}
    assert "here.yaml" in offers("signpost check he")
    assert offers("signpost completion z") == {"zsh"}
    assert offers("signpost serve-") == set()


def test_bash_completion_finds_it(script, tmp_path):
    """As bash-completion does, which takes the file by its name once it is asked for."""
    loader = "/usr/share/bash-completion/bash_completion"
    folder = tmp_path / "bash-completion/completions"
    folder.mkdir(parents=True)
    script("bash").rename(folder / "signpost")
    command = f"source {loader} && _completion_loader signpost; complete -p signpost"
    done = subprocess.run([shell("bash"), "--norc", "-c", command], capture_output=True, text=True, timeout=60,
                          env={"XDG_DATA_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    if "No such file" in done.stderr:
        pytest.skip("bash-completion is not installed")
    assert "-F _signpost" in done.stdout, done


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_shells_can_read_their_completion(script, name):
    run(shell(name), "-n", script(name))


def test_fish_completes(script):
    done = run(shell("fish"), "--no-config", "-c", f"source {script('fish')}; complete -C 'signpost rollout st'")
    assert {line.split("\t")[0] for line in done.splitlines()} == {"start", "status"}


@pytest.fixture
def known(start, tmp_path):
    """The environment of a shell whose Signpost knows an app, two pools of a VIP, and one that means harm."""
    ports = [{"port": 10000, "protocol": "tcp", "labels": {"VIP_0": "/shop:8000"}}]
    apps = [make_app(name, [address], portDefinitions=ports) for name, address in
            (("/blue", "10.0.0.1"), ("/green", "10.0.0.2"), (HOSTILE, "10.0.0.3"))]
    marathon = FakeMarathon(*apps)
    system = start(marathon_url=marathon.url)
    yield os.environ | {"SIGNPOST_ADMIN": system.admin, "PATH": f"{BINARY.parent}:{os.environ['PATH']}"}
    marathon.stop()


def test_names_are_offered_by_bash(script, known, tmp_path):
    path = script("bash")

    def offers(words, line=None):
        return bash_offers(path, words, tmp_path, line or words, known)

    assert offers("signpost endpoints /b") == {"/blue"}
    assert offers("signpost switch shop.marathon:8000 /") == {"/blue", "/green", r"/\$\(touch\ touched\)\`touch\ touched\`"}
    assert offers("signpost explain blue.marathon.m") == {"blue.marathon.mesos"}
    assert offers("signpost drain agent 10.0.0.1") == {"10.0.0.1"}
    assert offers("signpost rollout start shop.marathon") == {"shop.marathon:8000/tcp"}
    assert offers("signpost weight shop.marathon : 8", "signpost weight shop.marathon:8") == {"8000/tcp"}
    assert offers("signpost weight shop.marathon :", "signpost weight shop.marathon:") == {"8000/tcp"}
    assert "/blue" in offers("signpost rollout start shop.marathon:8000 /green --from ''", "signpost rollout start shop.marathon:8000 /green --from ")
    assert not (tmp_path / "touched").exists()


def test_names_are_offered_by_zsh(script, known, tmp_path):
    """Outside its line editor: what adds the names is replaced by what prints them."""
    text = f"""
compadd() {{ shift; print -rl -- "$@"; }}
words=(signpost drain endpoint '') CURRENT=4
source {script("zsh")}
"""
    done = run(shell("zsh"), "-f", "-c", text, env=known, cwd=tmp_path)
    assert len(done.split()) == 3 and all(re.fullmatch(r"10\.0\.0\.[123]:\d+", one) for one in done.split()), done


def test_names_are_offered_by_fish(script, known, tmp_path):
    done = run(shell("fish"), "--no-config", "-c", f"source {script('fish')}; complete -C 'signpost endpoints /'", env=known,
               cwd=tmp_path)
    assert set(done.splitlines()) == {"/blue", "/green", HOSTILE}
    assert not (tmp_path / "touched").exists()


def test_a_prompt_waits_for_nobody(script, tmp_path):
    """Neither where nothing listens, nor where nothing answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (1, silent.getsockname()[1]):
            environment = os.environ | {"SIGNPOST_ADMIN": f"http://127.0.0.1:{port}", "PATH": f"{BINARY.parent}:{os.environ['PATH']}"}
            offered = bash_offers(script("bash"), "signpost endpoints ''", tmp_path, environment=environment)
            assert all(word.startswith("-") for word in offered), offered
            done = subprocess.run([BINARY, "names", "services"], env=environment, capture_output=True, timeout=60)
            assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("page", ["signpost", "signpost.yaml"])
def test_manual_pages_have_no_warnings(page, tmp_path):
    path = tmp_path / f"{page}.roff"
    path.write_text(run(BINARY, "man", page))
    for checker in (["groff", "-man", "-ww", "-z", "-Tutf8"], ["mandoc", "-Tlint", "-Wwarning"]):
        if not shutil.which(checker[0]):
            continue
        done = subprocess.run([*checker, path], capture_output=True, text=True, timeout=60)
        complaints = [line for line in (done.stdout + done.stderr).splitlines() if "missing date" not in line]
        assert not complaints, complaints


def test_the_manual_tells_every_command_and_option(tmp_path):
    commands, options = tmp_path / "commands.roff", tmp_path / "options.roff"
    commands.write_text(run(BINARY, "man"))
    options.write_text(run(BINARY, "man", "signpost.yaml"))

    def text(path):
        """As a terminal shows it: bold is a letter typed over itself."""
        return re.sub(".\b", "", run(shell("groff"), "-man", "-Tascii", "-P-c", path))

    for words in ("signpost rollout start", "signpost explain", "--token-file", "--steps PERCENT,...", "SIGUSR2", "EXIT STATUS",
                  "SIGNPOST_ADMIN", "SIGNPOST_CA_FILE", "SIGNPOST_TOKEN_FILE", "/etc/signpost/signpost.yaml"):
        assert words in text(commands)
    assert "signpost serve" not in text(commands)
    for words in ("dns.ttl", "vip.balance", "Default: 5s"):
        assert words in text(options)


def test_common_options_are_told_once_and_in_every_help():
    common = ("--admin", "--ca-file", "--certificate-file", "--key-file")
    reference, manual = run(BINARY, "man", "--reference"), run(BINARY, "man")
    for option in common:
        assert reference.count(f"| `{option}` ") == 1
        assert manual.count("\n\\fB" + option.replace("-", "\\-") + "\\fR ") == 1
        for command in ("status", "weight", "drain task"):
            assert f"\n  {option} " in run(BINARY, *command.split(), "--help")


def test_the_reference_of_commands_is_printed_from_them():
    assert run(BINARY, "man", "--reference") == (SOURCE / "docs/reference/commands.md").read_text()
