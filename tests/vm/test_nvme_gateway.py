"""A gateway: a daemon that serves a namespace of a far target again. What a Linux host sees when the gateway dies while
the far target is away, and comes back first."""

import time

import pytest

import fio
import nvme
import qemu
from daemon import Daemon, free_port, plain

NQN = "nqn.2026-11.org.example:gateway"


@pytest.fixture
def gateway(far):
    with Daemon() as daemon:
        daemon.port = free_port()
        daemon.cli("connect", f"127.0.0.1:{far.port}", "--nqn", far.nqn)
        daemon.create_subsystem("subsys0", NQN)
        daemon.open_port("subsys0", "port1", daemon.port)
        daemon.add_namespace("subsys0", "space1", "nvme0n1")
        yield daemon


@pytest.fixture
def machine(folder, gateway):
    machine = qemu.Machine(folder, ports=0).start(*nvme.cards(1))
    nvme.bring_up(machine, 1)
    yield machine
    print("-- gateway:\n" + gateway.log_text(8000) + "-- guest:\n" + machine.run("dmesg | tail -40", check=False))
    machine.stop()


class BusyDisk:
    """The host's disk on the gateway, at work until finish(): what is read is verified."""

    def __init__(self, machine, gateway, seed):
        self.machine = machine
        self.initiator = nvme.Initiator(machine)
        self.initiator.connect(NQN, gateway.port, extra="--reconnect-delay=1 --ctrl-loss-tmo=300")
        (self.name,) = self.initiator.wait_disks(1)
        fio.start(machine, "load", fio.verify_command(self.name, size_mib=8, seed=seed))
        time.sleep(2)

    def finish(self):
        """Nothing was lost, and it is the disk that it was."""
        result = fio.stop(self.machine, "load")
        assert result["error"] == 0 and result["write_bytes"] > 0
        assert self.initiator.disks() == [self.name]
        assert "I/O error" not in self.machine.run("dmesg")
        self.initiator.disconnect(NQN)


def state(gateway):
    return plain(gateway.request("GET", "/v1/nvmeSubsystems/subsys0/state"))


def wait_state(gateway, wanted, timeout=60):
    deadline = time.monotonic() + timeout
    while (seen := state(gateway))["state"] != wanted:
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)


def test_the_hosts_disk_outlives_a_gateway_that_is_back_before_its_target(far, gateway, machine, seed):
    disk = BusyDisk(machine, gateway, seed)
    far.kill()
    gateway.kill()
    disk.initiator.wait_state("connecting")
    gateway.start()
    time.sleep(5)  # the host comes again every second
    assert disk.initiator.disks() == [disk.name]
    assert machine.is_running("load"), machine.run("cat /tmp/load.out")
    disk.initiator.wait_state("connecting")
    waiting = state(gateway)
    assert waiting["state"] == "PENDING" and "nvmeSubsystems/subsys0/nvmeNamespaces/space1" in waiting["state_reason"]
    far.start()
    wait_state(gateway, "READY")
    disk.initiator.wait_state("live")
    time.sleep(2)
    disk.finish()


def test_a_deleted_namespace_is_not_waited_for(far, gateway, machine):
    initiator = nvme.Initiator(machine)
    far.kill()
    gateway.restart_after_kill()
    assert state(gateway)["state"] == "PENDING"
    initiator.connect(NQN, gateway.port, check=False)
    assert initiator.controllers() == {}
    gateway.remove_namespace("subsys0", "space1")
    wait_state(gateway, "READY", timeout=10)
    initiator.connect(NQN, gateway.port)
    initiator.wait_state("live")
    initiator.disconnect(NQN)


def test_a_host_that_resets_while_the_target_is_away_loses_nothing(far, gateway, machine, seed):
    disk = BusyDisk(machine, gateway, seed)
    far.kill()
    for _ in range(3):
        # Its association ends, with commands that wait for the far target; it is let in when those have ended, which
        # is at once but for what was on its way when the target died.
        machine.run("echo 1 > /sys/class/nvme/nvme0/reset_controller || true")
        disk.initiator.wait_state("live", timeout=60)
        time.sleep(1)
    far.start()
    time.sleep(3)
    disk.finish()
