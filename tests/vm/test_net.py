"""The network of tests: a cable carries, a cut one loses everything in silence, a mended one carries again."""

import subprocess
import sys

import pytest

import net

net.enter()

SERVE = "import socket; s = socket.create_server(('', 7)); print('ready', flush=True)\nwhile True: s.accept()[0].close()"
CALL = "import socket, sys; socket.create_connection((sys.argv[1], 7), 1)"


@pytest.fixture
def hosts():
    made = [net.Namespace("one"), net.Namespace("other")]
    yield made
    for host in made:
        host.close()


def test_a_cable_can_be_cut_and_mended(hosts):
    one, other = hosts
    cable = net.Cable(one, other, 1)
    server = subprocess.Popen([*other.prefix(), sys.executable, "-c", SERVE], stdout=subprocess.PIPE)
    try:
        assert server.stdout.readline() == b"ready\n"

        def call():
            command = [*one.prefix(), sys.executable, "-c", CALL, cable.addresses[1]]
            return subprocess.run(command, capture_output=True, text=True, check=False)

        assert call().returncode == 0
        cable.cut()
        assert "timed out" in call().stderr
        cable.mend()
        assert call().returncode == 0
    finally:
        server.kill()
        server.wait()
