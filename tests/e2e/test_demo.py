"""The demo and its tour, as a new user starts them: as root, and without any privilege."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from support.signpost import BINARY, Process, without_net_admin
from support.tools import SOURCE, free_ports, wait_until

UNPRIVILEGED = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if os.geteuid() == 0 else ()


def quiet_config(folder):
    """The demo's settings on free ports."""
    marathon, dns, admin = free_ports(3)
    path = folder / "demo.yaml"
    path.write_text(f"minimarathon: {{listen: '127.0.0.1:{marathon}'}}\ndns: {{listen: ['127.0.0.1:{dns}']}}\n"
                    f"admin: {{listen: '127.0.0.1:{admin}'}}\nvip: {{service_address: 127.0.0.1}}\nlog: {{level: error}}\n")
    path.chmod(0o644)
    return path


def wait_screen(process):
    def screen():
        assert process.running(), process.output()
        return "Ctrl-C ends everything." in process.output() and process.output()

    return wait_until(screen, "the demo's screen", limit=60)


def commands(screen):
    """The commands the screen offers to paste."""
    return [line.strip() for line in screen.splitlines() if re.match(r"    (dig|curl) ", line)]


def processes_of(group_leader):
    """Pids of all processes that descend from the demo, as far as /proc tells."""
    parents = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents[int(pid)] = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
        except OSError:
            pass
    found, frontier = set(), {group_leader}
    while frontier:
        frontier = {pid for pid, parent in parents.items() if parent in frontier} - found
        found |= frontier
    return found


def test_as_root_the_pool_is_the_real_one(namespace, tmp_path):
    demo = Process(["demo"], tmp_path / "log", prefix=namespace.prefix)
    screen = wait_screen(demo)
    assert re.search(r"vipd +11\.0\.0\.0/8", screen)
    assert "kernel keeps ports" not in screen
    dig, vip, marathon = commands(screen)
    assert "_sise._tcp.marathon.mesos" in namespace.run(*shlex.split(dig))
    assert re.match(r"curl http://11\.\d+\.\d+\.\d+:80/endpoint0", vip)
    assert "all is well" in namespace.run(*shlex.split(vip))
    assert '"tasksRunning":1' in namespace.run(*shlex.split(marathon)).replace(" ", "")
    assert demo.stop(signal.SIGINT) == 0
    assert "11.0.0.0" not in namespace.run("ip", "route", "show", "table", "local")


def test_ctrl_c_leaves_nothing_behind(tmp_path):
    demo = Process(["demo", "-c", quiet_config(tmp_path)], tmp_path / "log", prefix=without_net_admin())
    wait_screen(demo)
    children = processes_of(demo.popen.pid)
    assert children
    assert demo.stop(signal.SIGINT) == 0
    assert not [pid for pid in children if os.path.exists(f"/proc/{pid}")]


def test_tour_as_root(namespace, tmp_path):
    tour = Process(["demo", "--tour"], tmp_path / "log", prefix=namespace.prefix)
    assert tour.popen.wait(120) == 0, tour.output()
    assert tour.output().count("  ok ") == 16
    assert tour.output().count(" 0 failed") == 6
    assert "/zdd/base-min-over from 0.9 to 1.0" in tour.output()
    assert "5 tasks at a time at most" in tour.output()


def test_tour_as_a_plain_user(tmp_path):
    for folder in (tmp_path, *tmp_path.parents):
        if folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(0o755)
    binary = Path(shutil.copy(BINARY, tmp_path))  # The build may lie where only root can look.
    tour = Process(["demo", "--tour", "-c", quiet_config(tmp_path)], tmp_path / "log", prefix=UNPRIVILEGED,
                   binary=binary)
    assert tour.popen.wait(120) == 0, tour.output()
    assert "0 failed" in tour.output()


# A person reads on while a deployment ends and is learnt of; here it is waited for.
SETTLE = """
count() { curl -sS "$1" | grep -o "$2" | wc -l; }
settle() { (
  set +x
  until [ "$(curl -sS http://127.0.0.1:8080/v2/deployments)" = "[]" ] &&
    [ "$(count http://127.0.0.1:8080/v2/tasks TASK_RUNNING)" = \
      "$(count http://127.0.0.1:8181/v1/services '"state":"running"')" ]; do sleep 0.1; done
) }
"""


def test_the_lab_page_holds(namespace, tmp_path):
    """Every command of docs/labs.md, in order, inside a network where the demo has its usual ports."""
    demo = Process(["demo"], tmp_path / "log", prefix=namespace.prefix)
    wait_screen(demo)
    blocks = re.findall(r"```sh\n(.*?)```", (SOURCE / "docs/labs.md").read_text(), re.S)
    assert len(blocks) >= 20
    script = "set -eux\n" + SETTLE + "settle\n" + "settle\n".join(blocks)
    done = subprocess.run([*namespace.prefix, "bash", "-c", script], capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("all is well") == 7, done.stdout + done.stderr
    assert "failed" not in done.stdout, done.stdout
    assert sum(int(count) for count in re.findall(r'(\d+) "version": "[\d.]+"', done.stdout)) == 400
    assert demo.stop() == 0
