"""Pages of docs/ that run: their blocks in order, as a reader would paste them into one terminal.

A `yaml`, `ini` or `conf` block that begins with `# NAME` is written to the file NAME of the working directory (of a
path, the last part). An `sh` block is run. In it, `#> TEXT` below a paragraph tells what its output has, `...` stands
for anything; a paragraph with such lines is run again until it has, so it must be one that can be. The commands of a
`console` block, behind `$ `, are for what a page cannot bring about by itself: tests that make its world run them. Other
blocks are not run.
"""

import contextlib
import os
import re
import shlex
import signal
import subprocess

from .signpost import BINARY
from .tools import SOURCE

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.S | re.M)
TYPED = re.compile(r"^\$ (.*(?:\n> .*)*)", re.M)
EXPECTED = "#> "

PRELUDE = """
set -eu
shows() {  # COMMANDS PATTERN...: runs the commands until the output has them all
  local commands=$1 output pattern missing begin=$SECONDS
  shift
  while [ $((SECONDS - begin)) -lt 60 ]; do
    output=$(eval "$commands" 2>&1) || true
    missing=
    for pattern in "$@"; do case $output in $pattern) ;; *) missing=$pattern ;; esac; done
    if [ -z "$missing" ]; then printf '%s\\n' "$output"; return; fi
    sleep 0.2
  done
  printf 'IN VAIN: %s\\n%s\\nlacks %s\\n' "$commands" "$output" "$missing"
  exit 1
}
"""


def dead_links(document):
    """The links of a Markdown file that lead to no file."""
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())
    return [link for link in links if not (document.parent / link).exists()]


def blocks(page):
    """Kind and text of each block."""
    return BLOCK.findall((SOURCE / page).read_text())


def files(page):
    """The files that the page's blocks are, by the last part of their names."""
    found = {}
    for kind, text in blocks(page):
        if name := _file_name(kind, text):
            found[name] = text
    return found


def typed(page):
    """The commands of its console blocks, one by one."""
    texts = [text for kind, text in blocks(page) if kind == "console"]
    return [command.replace("\n> ", "\n") for text in texts for command in TYPED.findall(text)]


def _file_name(kind, text):
    named = re.match(r"# (\S+)\n", text)
    return named[1].rpartition("/")[2] if named and kind in ("yaml", "ini", "conf") else None


def script(page, world):
    """The page as one script of bash, with what stands in the test's world for what the page names."""
    text = PRELUDE + "".join(_step(kind, text) for kind, text in blocks(page))
    for name, there in world.items():
        assert name in text, f"{page} does not name {name}"
        text = text.replace(name, there)
    return text


def _step(kind, text):
    if kind == "sh":
        return "".join(_paragraph(one) for one in re.split(r"\n\s*\n", text.strip("\n")))
    name = _file_name(kind, text)
    return f"cat > {name} <<'END_OF_FILE'\n{text}END_OF_FILE\n" if name else ""


def _paragraph(text):
    lines = text.split("\n")
    commands = "\n".join(line for line in lines if not line.startswith(EXPECTED))
    expected = [_pattern(line[len(EXPECTED):]) for line in lines if line.startswith(EXPECTED)]
    if not expected:
        return f"echo {shlex.quote('+ ' + commands)}\n{commands}\n"
    return f"echo {shlex.quote('+ ' + commands)}\nshows {shlex.quote(commands)} {' '.join(expected)}\n"


def _pattern(text):
    """As a word of bash that holds a pattern: the text, somewhere in the output."""
    literal = [re.sub(r"([\\*?\[\]])", r"\\\1", part) for part in text.strip().split("...")]
    return shlex.quote("*" + "*".join(literal) + "*")


def run_page(page, directory, prefix=(), environment=None, world=()):
    """Runs a page in `directory` and returns what it printed; fails the test where the page does.

    world  by what the page names: what is put there in its place
    """
    log = directory / "page.log"
    path = f"{BINARY.parent}:/usr/sbin:/sbin:{os.environ['PATH']}"
    with open(log, "wb") as output:
        ran = subprocess.Popen([*prefix, "bash", "-c", script(page, dict(world))], cwd=directory, stdout=output,
                               stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
                               env=os.environ | {"PATH": path} | (environment or {}))
        try:
            status = ran.wait(280)
        except subprocess.TimeoutExpired:
            status = "no end"
        finally:
            with contextlib.suppress(ProcessLookupError):  # What the page left in the background.
                os.killpg(ran.pid, signal.SIGKILL)
            ran.wait()
    text = log.read_text(errors="replace")
    assert status == 0, f"{page} ended with {status}:\n{text[-20000:]}"
    return text
