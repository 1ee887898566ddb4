"""The Debian package: built, installed on a copy of this system that is thrown away, and started as its unit says.

There is no systemd on the copy. What the unit grants (user, capabilities, directories) is granted by setpriv.
"""

import json
import os
import shutil
import subprocess

import pytest

from support.guide import blocks, dead_links
from support.signpost import BINARY
from support.tools import SOURCE, run, wait_until

UNIT = SOURCE / "packaging/systemd/signpost.service"
CONFIG = """
file: {path: /var/lib/signpost/services.yaml}
state: {path: /var/lib/signpost/state}
"""
SERVICES = """
services:
  web:
    ports: [{port: 8000, vip: "/web:80"}]
    endpoints: [127.0.0.1]
"""
MOUNT = """
set -e
mount -t tmpfs none {0}
mkdir {0}/upper {0}/work {0}/root
mount -t overlay overlay -o lowerdir=/,upperdir={0}/upper,workdir={0}/work {0}/root
mount -t proc proc {0}/root/proc
mount --rbind /dev {0}/root/dev
ip link set lo up
echo ready
exec sleep infinity
"""


class Copy:
    """This system with a network of its own; what is written to it goes away with it."""

    def __init__(self, directory):
        self.root, self.log = directory / "root", directory.with_suffix(".log")
        self.holder = subprocess.Popen(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-c",
                                        MOUNT.format(directory)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.ready = self.holder.stdout.readline() == "ready\n"
        if self.ready:
            children = open(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read().split()
            self.enter = ["nsenter", "--target", children[0], "--mount", "--net", "--pid", f"--root={self.root_of(children[0])}",
                          "--wdns=/"]

    def root_of(self, pid):
        return f"/proc/{pid}/root{self.root}"

    def run(self, *command, check=True):
        done = subprocess.run([*self.enter, *command], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0 or not check, f"{command} exited {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def write(self, path, text):
        subprocess.run([*self.enter, "tee", path], input=text, text=True, check=True, stdout=subprocess.DEVNULL)

    def start(self, *command):
        """Ends with the copy, if not before."""
        with open(self.log, "ab") as log:
            return subprocess.Popen([*self.enter, *command], stdout=log, stderr=log)

    def stop(self):
        self.holder.kill()
        self.holder.communicate()


@pytest.fixture(scope="module")
def package():
    if not (BINARY.parent / "CPackConfig.cmake").exists() or not shutil.which("dpkg-deb"):
        pytest.skip("this build makes no package")
    subprocess.run(["cpack", "-B", "package"], cwd=BINARY.parent, check=True, stdout=subprocess.DEVNULL)
    (made,) = (BINARY.parent / "package").glob("signpost_*.deb")
    return made


@pytest.fixture
def copy(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("installing a package takes root")
    if not shutil.which("systemd-sysusers"):
        pytest.skip("the package needs systemd, which is not installed")
    made = Copy(tmp_path)
    if not made.ready:
        pytest.skip(f"no copy of this system can be made: {made.holder.communicate()[1].strip()}")
    yield made
    made.stop()


def unit(key):
    """The values of a key of the unit."""
    return [line.split("=", 1)[1] for line in UNIT.read_text().splitlines() if line.startswith(key + "=")]


def as_the_unit_says():
    """The command of the unit, with what it grants."""
    (command,), (user,), (capabilities,) = unit("ExecStart"), unit("User"), unit("AmbientCapabilities")
    granted = ",".join("+" + name.removeprefix("CAP_").lower() for name in capabilities.split())
    bounding = "-all," + granted
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", f"--inh-caps={granted}",
            f"--ambient-caps={granted}", f"--bounding-set={bounding}", "--no-new-privs", *command.split()]


def test_the_package_serves_and_leaves_nothing(package, copy):
    subprocess.run([*copy.enter, "tee", "/tmp/signpost.deb"], input=package.read_bytes(), check=True, stdout=subprocess.DEVNULL)
    copy.run("dpkg", "--install", "/tmp/signpost.deb")
    assert copy.run("stat", "-c", "%U:%G %a", "/etc/signpost/signpost.yaml") == "root:signpost 640\n"
    copy.run("signpost", "check", "/etc/signpost/signpost.yaml")
    assert ".TH" in copy.run("gzip", "-dc", "/usr/share/man/man1/signpost.1.gz")
    assert "dns.ttl" in copy.run("gzip", "-dc", "/usr/share/man/man5/signpost.yaml.5.gz")
    for path in ("bash-completion/completions/signpost", "zsh/vendor-completions/_signpost", "fish/vendor_completions.d/signpost.fish"):
        assert "signpost" in copy.run("cat", f"/usr/share/{path}")

    copy.write("/etc/signpost/signpost.yaml", CONFIG)
    copy.run("install", "-d", "-o", "signpost", "-g", "signpost", "-m", "700", "/var/lib/signpost")
    copy.write("/var/lib/signpost/services.yaml", SERVICES)
    copy.start("/usr/bin/python3", "-m", "http.server", "-d", "/usr/share/doc/signpost", "8000")
    service = copy.start(*as_the_unit_says())
    wait_until(lambda: "ready" in copy.run("curl", "-sSf", "--noproxy", "*", "http://127.0.0.1:8181/readyz", check=False), "readyz")
    assert copy.run("dig", "+short", "@127.0.0.1", "web.file.mesos") == "127.0.0.1\n"
    vip = copy.run("dig", "+short", "@127.0.0.1", "web.file.l4lb.thisdcos.directory").strip()
    assert vip.startswith("11."), "the pool is local to this host, which takes the unit's capabilities"
    wait_until(lambda: "README.md" in copy.run("curl", "-sS", "--noproxy", "*", f"http://{vip}/", check=False), "the VIP answers")

    copy.run("pkill", "-TERM", "-x", "signpost")
    assert service.wait(30) == 0, copy.log.read_text()
    assert "11.0.0.0/8" not in copy.run("ip", "route", "show", "table", "local")

    copy.run("dpkg", "--purge", "signpost")
    for path in ("/etc/signpost", "/var/lib/signpost", "/usr/bin/signpost"):
        assert copy.run("ls", "-d", path, check=False) == "", f"{path} is left"


def test_the_package_has_the_documents(package, tmp_path):
    run("dpkg-deb", "--extract", package, tmp_path)
    folder = tmp_path / "usr/share/doc/signpost"
    pages = sorted(folder.rglob("*.md"))
    there = {str(page.relative_to(SOURCE)) for page in (SOURCE / "docs").rglob("*.*")}
    assert there | {"README.md"} <= {str(path.relative_to(folder)) for path in folder.rglob("*.*")}
    assert {page: dead_links(page) for page in pages if dead_links(page)} == {}


def units(tmp_path):
    """The package's, with what the page about it changes, and the one of the guide from DC/OS."""
    shown = {"one-role.service": UNIT.read_text() + ini_block("docs/install.md"),
             "addresses.service": ini_block("docs/guides/replace-dcos-vips.md")}
    for name, text in shown.items():
        (tmp_path / name).write_text(text)
    return [UNIT, *(tmp_path / name for name in shown)]


def ini_block(page):
    (text,) = [text for kind, text in blocks(page) if kind == "ini"]
    return text


def test_the_units_are_understood(tmp_path):
    """Words that systemd does not know would only be a warning in its log."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is missing")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units(tmp_path)], capture_output=True, text=True, timeout=60)
    complaints = [line for line in done.stderr.splitlines() if "is not executable" not in line]
    assert not complaints, complaints


def test_marathon_takes_the_app_definition(system):
    """With an image that the embedded Marathon has, and on one agent."""
    app = json.loads((SOURCE / "packaging/marathon/signpost.json").read_text())
    app["container"]["docker"]["image"] = "mhausenblas/simpleservice:0.3.0"
    system.post(app | {"instances": 0})


def test_the_program_is_hardened():
    readelf = shutil.which("readelf")
    if not readelf or not (BINARY.parent / "CPackConfig.cmake").exists():
        pytest.skip("only of a release build, with binutils")
    told = run(readelf, "--wide", "--file-header", "--dynamic", "--program-headers", "--dyn-syms", BINARY)
    for word in ("DYN (Position-Independent", "GNU_RELRO", "BIND_NOW", "__stack_chk_fail", "_chk@"):
        assert word in told, word
    assert " RWE " not in told, "memory that can be written and run"
