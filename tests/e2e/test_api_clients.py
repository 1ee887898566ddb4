"""The examples of discovery by the API: each tells endpoints, follows a deployment and survives a restart."""

import os
import subprocess
import sys
import threading

import pytest

from support.fake_marathon import make_task
from support.signpost import Process
from support.tools import SOURCE, client, wait_until

EXAMPLES = SOURCE / "examples/discover"


def command(language, directory):
    if language == "python":
        return [sys.executable, EXAMPLES / "discover.py"]
    if language == "shell":
        client("jq", "jq")
        return ["sh", EXAMPLES / "discover.sh"]
    program = directory / "discover"
    built = subprocess.run([client("go", "golang-go"), "build", "-o", program, EXAMPLES / "discover.go"],
                           capture_output=True, text=True,
                           env={"HOME": str(directory), "PATH": "/usr/bin:/bin", "GOFLAGS": "-mod=mod"})
    assert built.returncode == 0, built.stderr
    return [program]


class Example:
    """One of them, running, and the lines that it has printed."""

    def __init__(self, command, admin, app):
        self.popen = subprocess.Popen([*command, admin, app], stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, text=True,
                                      env=os.environ | {"no_proxy": "*"})
        self.lines = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.popen.stdout:
            self.lines.append(line.strip())

    def wait(self, *endpoints):
        line = " ".join(["endpoints", *endpoints])
        wait_until(lambda: self.lines[-1:] == [line], f"{line}; it said {self.lines}", limit=60)

    def stop(self):
        self.popen.kill()
        self.popen.wait()
        self.reader.join()
        self.popen.stdout.close()


@pytest.mark.parametrize("language", ["python", "go", "shell"])
def test_an_example_follows(language, start, marathon, tmp_path):
    system = start(role="dnsd", marathon_url=marathon.url,
                   options={"state": {"path": str(tmp_path / "state"), "interval": "100ms"}})
    example = Example(command(language, tmp_path), system.admin, "/web")
    try:
        follow(example, system, marathon)
    finally:
        example.stop()


def follow(example, system, marathon):
    before = [f"{task['host']}:{task['ports'][0]}" for task in marathon.app("/web")["tasks"]]
    example.wait(*sorted(before))
    added = make_task("/web", "127.0.0.9", 7)
    marathon.start_task("/web", added)
    example.wait(*sorted([*before, "127.0.0.9:31007"]))

    system.stop()  # What happens meanwhile is learned afterwards.
    marathon.end_task("/web", marathon.app("/web")["tasks"][0])
    system.process = Process(["dnsd", "-c", system.config_path], system.directory / "again.log")
    example.wait(*sorted([*before[1:], "127.0.0.9:31007"]))
    marathon.end_task("/web", added)
    example.wait(*sorted(before[1:]))
    assert "endpoints" not in example.lines, "a restart is no outage"
