"""A daemon that serves a volume of another one again: what is left of a host's commands when its association ends, and
what an operator may take away, while that other one is away (decision 0015)."""
import os
import signal
import time

import nvme_tcp
import pytest
import test_nvme
import test_nvme_remote
from outrigger.v1 import nvme_remote_pb2 as v1
from outrigger_daemon import free_port
from test_nvme_remote import host, target  # noqa: F401  fixtures

BLOCK = 4096
FIRST, SECOND = b"1" * BLOCK, b"2" * BLOCK
CONTROLLER_BUSY = 0x181  # command specific
SOON = 5  # seconds: nothing that takes so long waits for the volume


class Gateway:
    """A subsystem on the remote volume, with a port."""

    def __init__(self, channel, target):  # noqa: F811
        self.far = target.daemon
        self.remote = test_nvme_remote.Client(channel)
        self.remote.controller()
        self.remote.path(target.port)
        self.front = test_nvme.Client(channel)
        self.front.subsystem("sub1")
        self.open_port()
        self.space = self.front.namespace(test_nvme.SUB, "space1", volume_name_ref="nvme0n1").name

    def open_port(self):
        self.port = free_port()
        self.opened = self.front.controller(test_nvme.SUB, "port1", self.port).name

    def come(self):
        return nvme_tcp.Host("127.0.0.1", self.port, test_nvme.nqn("sub1"))

    def knock(self):
        """The status of an admin queue's Connect."""
        with nvme_tcp.Connection("127.0.0.1", self.port) as knocking:
            knocking.initialise()
            return knocking.connect(test_nvme.nqn("sub1"))[0]

    def wait_path(self, state):
        test_nvme_remote.wait_for(f"the path to be {state}", lambda: self.remote.state().paths[0].state == state)

    def lose_target(self):
        self.far.kill()
        self.wait_path(v1.NvmePathState.RECONNECTING)

    def freeze_target(self):
        self.far.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.far.process.pid, os.WUNTRACED)

    def seconds_to_delete(self, name):
        began = time.monotonic()
        self.front.delete(name)
        return time.monotonic() - began


@pytest.fixture
def gateway(target, host):  # noqa: F811
    with host.channel() as channel:
        yield Gateway(channel, target)


def leave_write(nvme_host, data):
    """A queue with a write that nobody answers."""
    queue = nvme_host.open()
    queue.send(0x01, 1, 0, 0, 0, data=data)
    queue.socket.settimeout(1)
    with pytest.raises(TimeoutError):
        print("it was answered:", queue.finish())
    queue.socket.settimeout(60)
    return queue


def test_what_waits_for_a_path_is_never_written_when_its_host_has_gone(gateway):
    with gateway.come() as first:
        assert nvme_tcp.write(first.open(), 0, SECOND, BLOCK) == nvme_tcp.SUCCESS
        gateway.lose_target()
    with gateway.come() as gone:
        leave_write(gone, FIRST)
    with gateway.come() as again:
        queue = again.open()
        gateway.far.start()  # its volume is empty again
        gateway.wait_path(v1.NvmePathState.LIVE)
        assert nvme_tcp.write(queue, 1, SECOND, BLOCK) == nvme_tcp.SUCCESS
        time.sleep(1)  # whatever waited for the path has gone by now
        assert nvme_tcp.read(queue, 0, 1, BLOCK) == (nvme_tcp.SUCCESS, bytes(BLOCK))
        assert nvme_tcp.read(queue, 1, 1, BLOCK) == (nvme_tcp.SUCCESS, SECOND)


def test_a_host_waits_for_what_it_left_with_the_target(gateway):
    gone = gateway.come()
    gateway.freeze_target()
    try:
        leave_write(gone, FIRST)
        gone.close()
        assert gateway.knock() == CONTROLLER_BUSY
    finally:
        gateway.far.process.send_signal(signal.SIGCONT)
    test_nvme_remote.wait_for("the host to be let in", lambda: gateway.knock() == nvme_tcp.SUCCESS)
    with gateway.come() as again:
        assert nvme_tcp.read(again.open(), 0, 1, BLOCK) == (nvme_tcp.SUCCESS, FIRST)


def test_nothing_that_is_deleted_waits_for_a_target_that_is_away(gateway):
    gateway.lose_target()
    gone = gateway.come()
    leave_write(gone, FIRST)
    assert gateway.seconds_to_delete(gateway.opened) < SOON
    gone.close()
    gateway.open_port()
    with gateway.come() as stays:
        queue = leave_write(stays, FIRST)
        assert gateway.seconds_to_delete(gateway.space) < SOON
        assert queue.finish()[1] != nvme_tcp.SUCCESS
    assert gateway.seconds_to_delete(gateway.opened) < SOON
    assert gateway.seconds_to_delete(test_nvme.SUB) < SOON
