"""Network namespaces for tests and the demonstration: hosts of their own on one machine, with cables between them.

A namespace lives as long as the process that holds it, so nothing is left behind, not even after a kill -9 of the
test. Nothing touches the machine's own network. Needs root, or a kernel that lets users make user namespaces (Debian's
does): see enter().
"""

import os
import shutil
import subprocess
import sys


class NetError(Exception):
    """The machine refuses network namespaces; says what to do."""


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NetError(f"{' '.join(map(str, command))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def enter():
    """Makes sure that this program may make namespaces: a user who is not root starts it again, as root of a user
    namespace of its own."""
    if os.geteuid() == 0:
        return
    if os.environ.get("OUTRIGGER_IN_USER_NAMESPACE"):
        raise NetError("a user namespace was made, but we are not root in it")
    probe = subprocess.run(["unshare", "-Ur", "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        raise NetError("this kernel lets no user make namespaces: run it as root, or sysctl "
                       "kernel.unprivileged_userns_clone=1")  # fmt: skip
    os.environ["OUTRIGGER_IN_USER_NAMESPACE"] = "1"
    os.execvp("unshare", ["unshare", "-Ur", sys.executable, *sys.orig_argv[1:]])


class Namespace:
    """A host with a network of its own."""

    def __init__(self, name):
        self.name = name
        if not shutil.which("unshare") or not shutil.which("nsenter"):
            raise NetError("unshare and nsenter are missing: install util-linux")
        # It ends with its standard input, that is, with us, however we end.
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo ready; exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        if self.holder.stdout.readline() != b"ready\n":
            raise NetError(f"no network namespace for {name}: {self.holder.stderr.read().decode().strip()}")
        self.ip("link", "set", "lo", "up")

    @property
    def pid(self):
        return self.holder.pid

    def prefix(self):
        """Put in front of a command, it runs on this host."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--"]

    def ip(self, *words):
        return run([*self.prefix(), "ip", *map(str, words)])

    def close(self):
        if self.holder.poll() is None:
            self.holder.stdin.close()
            self.holder.wait(10)


class Cable:
    """A cable between two hosts: `number` chooses its subnet, 10.77.number.1 on one end and .2 on the other."""

    def __init__(self, one, other, number):
        self.one = one
        self.other = other
        self.device = f"cable{number}"
        self.addresses = [f"10.77.{number}.1", f"10.77.{number}.2"]
        one.ip("link", "add", self.device, "type", "veth", "peer", "name", self.device, "netns", other.pid)
        for host, address in zip([one, other], self.addresses):
            host.ip("addr", "add", f"{address}/24", "dev", self.device)
            host.ip("link", "set", self.device, "up")

    def cut(self):
        """No packet arrives any more and nobody is told, as with a switch that died in between: each end sends to an
        Ethernet address that nobody has."""
        for host, peer in [(self.one, self.addresses[1]), (self.other, self.addresses[0])]:
            host.ip("neigh", "replace", peer, "lladdr", "02:00:00:00:00:99", "dev", self.device, "nud", "permanent")

    def mend(self):
        for host, peer in [(self.one, self.addresses[1]), (self.other, self.addresses[0])]:
            host.ip("neigh", "del", peer, "dev", self.device)
