"""Reservations between two VMs on one namespace: who may write, who was preempted, and what outlives a kill -9."""

import json
import re

import pytest

import daemon as daemon_module
import nvme
import qemu
from test_kill import completed, wait_progress

NQN = "nqn.2026-11.org.example:shared"
WRITE_EXCLUSIVE, EXCLUSIVE_ACCESS, WRITE_EXCLUSIVE_REGISTRANTS = 1, 2, 3


class Shared:
    """One daemon with one namespace, two VMs that are connected to it."""

    def __init__(self, folder):
        self.daemon = daemon_module.Daemon(cores=2).start()
        self.port = daemon_module.free_port()
        self.daemon.create_subsystem("shared1", NQN)
        self.daemon.open_port("shared1", "port0", self.port)
        self.daemon.create_aio("space1-vol", folder / "volume", 32)
        self.daemon.add_namespace("shared1", "space1", "space1-vol")
        self.machines = [qemu.Machine(folder / name, ports=0) for name in ("first", "second")]
        self.hosts = []
        for index, machine in enumerate(self.machines):
            machine.start(*nvme.cards(1))
            nvme.bring_up(machine)
            initiator = nvme.Initiator(machine, number=index + 1)
            initiator.connect(NQN, self.port, extra="--reconnect-delay=1 --ctrl-loss-tmo=300")
            (initiator.disk,) = initiator.wait_disks(1)
            self.hosts.append(initiator)

    def close(self):
        for machine in self.machines:
            machine.stop()
        self.daemon.remove()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Shared(tmp_path_factory.mktemp("resv"))
    yield made
    made.close()


def resv(host, command, check=True, **fields):
    words = " ".join(f"--{name}" if value is True else f"--{name}={value}" for name, value in fields.items())
    output = host.nvme(f"resv-{command} /dev/{host.disk} {words} 2>&1", check=False)
    refused = re.search(r"NVMe status: ([^:(]*)", output)
    assert not check or not refused, output
    return refused.group(1).strip() if refused else ""


def report(host):
    return json.loads(host.nvme(f"resv-report /dev/{host.disk} --eds -o json"))


def may_write(host):
    return host.machine.status(f"dd if=/dev/zero of=/dev/{host.disk} bs=4k count=1 oflag=direct") == 0


def may_read(host):
    return host.machine.status(f"dd if=/dev/{host.disk} of=/dev/null bs=4k count=1 iflag=direct") == 0


@pytest.fixture
def two(shared):
    """Both hosts, and nobody registered before or after."""
    yield shared.hosts
    resv(shared.hosts[0], "register", nrkey=0x77, rrega=2, iekey=True)
    resv(shared.hosts[0], "release", crkey=0x77, rrela=1)
    assert report(shared.hosts[0])["regctl"] == 0


def test_who_may_write(two):
    first, second = two
    resv(first, "register", nrkey=0x11)
    resv(second, "register", nrkey=0x22)
    assert may_write(first) and may_write(second)
    resv(first, "acquire", crkey=0x11, rtype=WRITE_EXCLUSIVE)
    assert may_write(first) and not may_write(second) and may_read(second)
    assert resv(second, "acquire", check=False, crkey=0x22, rtype=WRITE_EXCLUSIVE) == "Reservation Conflict"
    resv(first, "release", crkey=0x11, rtype=WRITE_EXCLUSIVE)
    assert may_write(second)
    resv(first, "acquire", crkey=0x11, rtype=EXCLUSIVE_ACCESS)
    assert not may_read(second) and not may_write(second)
    resv(first, "release", crkey=0x11, rtype=EXCLUSIVE_ACCESS)
    resv(second, "acquire", crkey=0x22, rtype=WRITE_EXCLUSIVE_REGISTRANTS)
    assert may_write(first) and may_write(second)
    resv(first, "register", crkey=0x11, rrega=1)
    assert not may_write(first) and may_read(first)
    said = report(first)
    assert said["rtype"] == WRITE_EXCLUSIVE_REGISTRANTS and said["regctl"] == 1


def test_preempt_and_abort_under_writes(two):
    first, second = two
    resv(first, "register", nrkey=0x11)
    resv(second, "register", nrkey=0x22)
    resv(first, "acquire", crkey=0x11, rtype=WRITE_EXCLUSIVE)
    paths = nvme.paths_of(first.disk)
    before = completed(first.machine, paths)
    first.machine.spawn("writer", f"while dd if=/dev/zero of=/dev/{first.disk} bs=64k count=64 oflag=direct; do :; done")
    wait_progress(first.machine, paths, before + 10, "writer")
    resv(second, "acquire", crkey=0x22, prkey=0x11, rtype=WRITE_EXCLUSIVE, racqa=2)
    # From here on nothing of the first host reaches the namespace.
    second.machine.run(f"dd if=/dev/urandom of=/tmp/mine bs=64k count=64 2> /dev/null && "
                       f"dd if=/tmp/mine of=/dev/{second.disk} bs=64k oflag=direct 2> /dev/null")  # fmt: skip
    first.machine.wait("writer")
    assert second.machine.status(f"cmp -n 4194304 /tmp/mine /dev/{second.disk}") == 0
    assert not may_write(first) and may_write(second)
    said = report(second)
    assert said["regctl"] == 1 and said["regctlext"][0]["rkey"] == 0x22


def test_the_preempted_host_hears_of_it(two):
    first, second = two
    resv(first, "register", nrkey=0x11)
    resv(second, "register", nrkey=0x22)
    resv(first, "acquire", crkey=0x11, rtype=WRITE_EXCLUSIVE)
    resv(second, "acquire", crkey=0x22, prkey=0x11, rtype=WRITE_EXCLUSIVE, racqa=1)
    controller = next(iter(first.controllers()))
    kinds = []
    for _ in range(2):
        page = first.nvme(f"get-log /dev/{controller} --log-id=0x80 --log-len=64 -b | od -A n -t u1 -j 8 -N 1")
        kinds.append(int(page))
    assert sorted(kinds) == [1, 3], "registration preempted, reservation preempted"


def test_persistence_through_kill_9(two, shared):
    first, second = two
    resv(first, "register", nrkey=0x11, cptpl=3)
    resv(second, "register", nrkey=0x22)
    resv(first, "acquire", crkey=0x11, rtype=WRITE_EXCLUSIVE)
    before = report(first)
    shared.daemon.restart_after_kill(away=0.3)
    for host in two:
        host.wait_state("live")
    after = report(first)
    assert (after["gen"], after["rtype"], after["ptpls"]) == (before["gen"], WRITE_EXCLUSIVE, 1)
    assert not may_write(second) and may_write(first)
    resv(first, "register", crkey=0x11, nrkey=0x11, rrega=2, cptpl=2)
    shared.daemon.restart_after_kill(away=0.3)
    for host in two:
        host.wait_state("live")
    assert report(first)["regctl"] == 0, "what does not persist is gone"
    assert may_write(second)
