"""TCP ports for tests that run side by side."""

import pathlib
import random
import socket

LOWEST = 12000  # above what programs of this machine may be known by
TRIES_MAX = 100


def free_port():
    """A port that is free at every address: those of loopback whose connections a test has just closed keep theirs.

    It lies below those that the kernel gives to outgoing connections: between this look and its use, one of another
    test's would take it now and then.
    """
    text = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii")
    end = int(text.split()[0])
    for _ in range(TRIES_MAX if end > LOWEST else 0):
        port = random.SystemRandom().randrange(LOWEST, end)
        if is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("0.0.0.0", 0))
        return probe.getsockname()[1]


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True
