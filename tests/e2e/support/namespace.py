"""A network of our own, to use port 53, the real VIP pool and /etc/resolv.conf without touching the host."""

import subprocess

from .tools import client, run, wait_until


class Namespace:
    """User, network and mount namespaces with only a loopback device. Needs no privilege."""

    def __init__(self):
        self.holder = subprocess.Popen(
            [client("unshare", "util-linux"), "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork",
             "--kill-child", "sh", "-c", "ip link set lo up && echo up && exec sleep infinity"],
            stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "up\n", "cannot make a network namespace"
        children = f"/proc/{self.holder.pid}/task/{self.holder.pid}/children"
        self.pid = wait_until(lambda: open(children).read().split(), "the namespace's first process")[0]

    @property
    def prefix(self):
        """Put before a command to run it inside. /proc is the host's, so pids are too."""
        return ("nsenter", "--target", self.pid, "--user", "--net", "--mount", "--preserve-credentials")

    def at(self, directory):
        """The same for a command that works in `directory`: entering leads to the root."""
        return (*self.prefix, f"--wdns={directory}")

    def run(self, *command, **options):
        return run(*self.prefix, *command, **options)

    def get(self, url):
        """The body of a URL inside, or an empty text when there is no answer."""
        done = subprocess.run([*self.prefix, "curl", "-sS", "-m", "5", "--noproxy", "*", url], capture_output=True,
                              text=True, timeout=30)
        return done.stdout if done.returncode == 0 else ""

    def use_resolver(self, path):
        """Makes `path` the /etc/resolv.conf of everything inside."""
        self.run("mount", "--bind", str(path), "/etc/resolv.conf")

    def close(self):
        self.holder.kill()
        self.holder.wait()
