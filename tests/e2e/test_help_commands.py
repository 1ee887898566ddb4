"""What is printed from the table of commands: completions that shells take, and pages that people read."""

import re
import shutil
import subprocess

import pytest

from support.signpost import BINARY
from support.tools import SOURCE, run

BASH = """
source {script}
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_signpost
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


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


def bash_offers(script, words, directory):
    """What bash offers for the last of the words."""
    done = subprocess.run([shell("bash"), "--norc", "-c", BASH.format(script=script, words=words)], text=True,
                          capture_output=True, cwd=directory, timeout=60)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return set(done.stdout.split())


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

    for words in ("signpost rollout start", "signpost explain", "--token-file", "EXIT STATUS"):
        assert words in text(commands)
    assert "signpost serve" not in text(commands)
    for words in ("dns.ttl", "vip.balance", "Default: 5s"):
        assert words in text(options)


def test_the_reference_of_commands_is_printed_from_them():
    assert run(BINARY, "man", "--reference") == (SOURCE / "docs/reference/commands.md").read_text()
