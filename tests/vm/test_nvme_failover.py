"""Our NVMe/TCP host on Linux's own target with two ports, and a guest that writes and compares all the while: ANA
states that change, ports that go and come back, a network that falls silent, namespaces that come, go and change their
size. The guest sees no error, no block is lost, and the API says what happened.

Silence is made by taking down the link of the target's network card outside of its guest: nothing is told to anybody,
and what QEMU's user network has taken from us stays unanswered. The guest's small system has no packet filter."""

import time

import pytest

import fio
import nvme
import qemu
from daemon import free_port
from test_kill import completed, start_load, wait_progress

REMOTE = "nvme0"
KEEP_ALIVE_MS = 3000
# The host hears of silence when a Keep Alive Command was not answered; the rest is for a busy machine.
NOTICE_SECONDS = 3 * KEEP_ALIVE_MS / 1000
# Writes that the silent path did not answer wait for so long (decision 0012).
HOLD_SECONDS = 2 * KEEP_ALIVE_MS / 1000
PATHS = ["path1", "path2"]
MIB = 1 << 20


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """nvmet with a namespace of 64 MiB, its port n behind the card n - 1."""
    ports = [free_port() for _ in PATHS]
    forward = [(port, 4420 + card, card) for card, port in enumerate(ports)]
    with qemu.Machine(tmp_path_factory.mktemp("target"), "target", ports=0) as machine:
        machine.start(*nvme.cards(len(ports), forward))
        nvme.bring_up(machine, len(ports))
        made = nvme.KernelTarget(machine)
        made.open_port(2, 4421)
        made.host_ports = ports
        yield made


class Remote:
    """What the daemon says of the remote controller."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.guest_bytes = [0, 0]  # read and written, by disks that are no more

    def path(self, name):
        for path in self.daemon.remote_state(REMOTE)["paths"]:
            if path["name"].endswith("/" + name):
                return path
        raise AssertionError(f"{name} is not listed")

    def count(self, name, counter):
        """A counter of a path; JSON leaves out what is 0 and writes numbers of 64 bits as strings."""
        return int(self.path(name).get(counter, 0))

    def bytes_of_paths(self):
        """Read and written."""
        return [sum(self.count(name, counter) for name in PATHS) for counter in ["read_bytes", "written_bytes"]]

    def add_guest_bytes(self, machine, disk):
        fields = machine.run(f"cat /sys/block/{disk}/stat").split()
        for index, sectors in enumerate([fields[2], fields[6]]):
            self.guest_bytes[index] += int(sectors) * 512

    def namespaces(self):
        return {int(space["nsid"]): space for space in self.daemon.remote_state(REMOTE).get("namespaces", [])}

    def ana(self, nsid=1):
        """{path: state} of the paths that reach the namespace."""
        return {reach["path"].rsplit("/", 1)[-1]: reach["ana"] for reach in self.namespaces()[nsid].get("reach", [])}

    def wait(self, what, is_so, timeout=qemu.DISK_SECONDS):
        """Waits until `is_so`; gives how long it took."""
        began = time.monotonic()
        while not is_so():
            state = self.daemon.remote_state(REMOTE)
            assert time.monotonic() - began < timeout, f"not {what} after {timeout} s: {state}"
            time.sleep(0.05)
        return time.monotonic() - began

    def wait_state(self, name, state, timeout=qemu.DISK_SECONDS):
        return self.wait(f"{name} {state}", lambda: self.path(name)["state"] == state, timeout)

    def wait_at_work(self, name):
        """Until commands end on this path that were not there before."""
        before = self.count(name, "commands")
        self.wait(f"commands on {name}", lambda: self.count(name, "commands") > before + 10)

    def is_idle(self, name, seconds=1.0):
        """Whether no command ends on a path for so long."""
        before = self.count(name, "commands")
        time.sleep(seconds)
        return self.count(name, "commands") == before


def has_passed(request):
    """A test that failed leaves everything as it is: its daemon and its guest are made anew."""
    return request.node.report_call.passed


@pytest.fixture
def remote(request, bench, target):
    for number in [1, 2]:
        target.machine.qmp.command("set_link", name=f"card{number - 1}", up=True)
        target.set_ana_state(number, "optimized")
    daemon = bench.daemon
    daemon.create_remote(REMOTE, keep_alive_ms=KEEP_ALIVE_MS, reconnect_delay_ms=500)
    for name, port in zip(PATHS, target.host_ports):
        daemon.add_path(REMOTE, name, port, target.nqn)
    yield Remote(daemon)
    if has_passed(request):
        daemon.cli("disconnect", REMOTE)


def add_disk(bench, name, volume, function=0):
    """The guest's disk on a volume, as the guest calls it."""
    before = bench.machine.disks()
    bench.daemon.create_disk(name, volume, function=function)
    (disk,) = set(bench.machine.wait_disks(len(before) + 1)) - set(before)
    return disk


def remove_disk(bench, remote, name, disk):
    remote.add_guest_bytes(bench.machine, disk)
    count = len(bench.machine.disks())
    bench.daemon.delete_disk(name)
    bench.machine.wait_disks(count - 1)


def check_load(machine, disk, load="load"):
    """The load goes on, ends without an error when asked to, and the kernel saw none either."""
    wait_progress(machine, disk, completed(machine, disk) + 50, load)
    result = fio.stop(machine, load)
    assert result["error"] == 0 and result["write_bytes"] > 0 and result["read_bytes"] > 0
    assert machine.io_errors() == ""


@pytest.fixture
def disk(request, bench, remote, seed):
    """The guest's disk on namespace 1, under verified load from before the test until after it."""
    name = add_disk(bench, "disk0", f"{REMOTE}n1")
    start_load(bench.machine, name, fio.verify_command(name, size_mib=8, depth=16, seed=seed, extra="--fsync=64"))
    yield name
    if has_passed(request):
        check_load(bench.machine, name)
        remove_disk(bench, remote, "disk0", name)
        assert remote.bytes_of_paths() == remote.guest_bytes, "each byte is counted once, however often it was sent"


def test_ana_states_change(bench, target, remote, disk):
    for name in PATHS:
        remote.wait_at_work(name)
    for number, other in [(1, "path2"), (2, "path1")]:
        name = f"path{number}"
        for state in ["inaccessible", "non-optimized"]:
            target.set_ana_state(number, state)
            shown = state.replace("-", "_").upper()
            remote.wait(f"{name} {shown}", lambda: remote.ana() == {name: shown, other: "OPTIMIZED"})  # noqa: B023
            remote.wait_at_work(other)
            assert remote.is_idle(name), f"{name} is {state} and still used"
        target.set_ana_state(number, "optimized")
        remote.wait_at_work(name)
    assert [remote.path(name)["state"] for name in PATHS] == ["LIVE", "LIVE"]
    assert [remote.count(name, "losses") for name in PATHS] == [0, 0]


def test_no_path_is_accessible_for_a_while(bench, target, remote, disk):
    for state in ["inaccessible", "change"]:
        for number in [1, 2]:
            target.set_ana_state(number, state)
        shown = state.upper()
        remote.wait(shown, lambda: remote.ana() == {name: shown for name in PATHS})  # noqa: B023
        before = completed(bench.machine, disk)
        time.sleep(2)
        assert completed(bench.machine, disk) == before
        assert bench.machine.is_running("load")
        target.set_ana_state(2, "non-optimized")
        wait_progress(bench.machine, disk, before + 50)
        for number in [1, 2]:
            target.set_ana_state(number, "optimized")
        for name in PATHS:
            remote.wait_at_work(name)
    assert [remote.count(name, "losses") for name in PATHS] == [0, 0]


def test_a_port_goes_and_comes_back(bench, target, remote, disk):
    for number, other in [(1, "path2"), (2, "path1")]:
        name = f"path{number}"
        remote.wait_at_work(name)
        target.close_port(number)
        remote.wait_state(name, "RECONNECTING", NOTICE_SECONDS)
        assert remote.path(name)["state_reason"]
        assert list(remote.ana()) == [other]
        wait_progress(bench.machine, disk, completed(bench.machine, disk) + 50)
        remote.wait(f"a try of {name}", lambda: remote.count(name, "connect_failures") > 0)  # noqa: B023
        assert remote.path(other)["state"] == "LIVE"
        target.open_port(number, 4419 + number)
        remote.wait_state(name, "LIVE")
        remote.wait_at_work(name)
    for name in PATHS:
        assert (remote.count(name, "losses"), remote.count(name, "connects")) == (1, 2)
        assert remote.count(name, "in_flight") <= 16


def test_a_network_falls_silent(bench, target, remote, disk):
    for card, (name, other) in enumerate([PATHS, PATHS[::-1]]):
        remote.wait_at_work(name)
        target.machine.qmp.command("set_link", name=f"card{card}", up=False)
        try:
            began = time.monotonic()
            remote.wait_state(name, "RECONNECTING", NOTICE_SECONDS)
            assert "Keep Alive" in remote.path(name)["state_reason"]
            # All that the guest had in flight may be writes on the silent path.
            before = completed(bench.machine, disk)
            wait_progress(bench.machine, disk, before + 50, timeout=HOLD_SECONDS + NOTICE_SECONDS)
            print(f"{name} was silent for {time.monotonic() - began:.1f} s until all went over {other}")
            assert remote.path(other)["state"] == "LIVE"
        finally:
            target.machine.qmp.command("set_link", name=f"card{card}", up=True)
        remote.wait_state(name, "LIVE")
        remote.wait_at_work(name)
    for name in PATHS:
        assert (remote.count(name, "losses"), remote.count(name, "connects")) == (1, 2)
    assert sum(remote.count(name, "retries") for name in PATHS) > 0


def test_all_networks_fall_silent(bench, target, remote, disk):
    for is_up in [False, True]:
        for card in range(2):
            target.machine.qmp.command("set_link", name=f"card{card}", up=is_up)
        if not is_up:
            for name in PATHS:
                remote.wait_state(name, "RECONNECTING", NOTICE_SECONDS)
            state = bench.daemon.remote_state(REMOTE)
            assert state["state"] == "OFFLINE" and state["state_reason"]
            assert remote.namespaces()[1]["state"] == "OFFLINE"
            assert bench.machine.is_running("load")
    for name in PATHS:
        remote.wait_state(name, "LIVE")
        remote.wait_at_work(name)
    assert bench.daemon.remote_state(REMOTE)["state"] == "READY"


def test_namespaces_come_and_go(bench, target, remote, disk, seed):
    for round_ in range(2):
        target.add_file_namespace(2, 16)
        remote.wait("namespace 2", lambda: remote.ana(2) == {name: "OPTIMIZED" for name in PATHS}
                    if 2 in remote.namespaces() else False)  # fmt: skip
        assert remote.namespaces()[2]["volume_name"] == f"volumes/{REMOTE}n2"
        second = add_disk(bench, "disk1", f"{REMOTE}n2", 1)
        assert bench.machine.bytes_of(second) == 16 * MIB
        command = fio.verify_command(second, size_mib=4, depth=8, seed=seed + round_)
        assert fio.result(bench.machine.run(command))["error"] == 0
        remove_disk(bench, remote, "disk1", second)
        target.remove_namespace(2)
        remote.wait("one namespace", lambda: list(remote.namespaces()) == [1])
        assert f"{REMOTE}n2" not in bench.daemon.cli("list", "volumes")
    wait_progress(bench.machine, disk, completed(bench.machine, disk) + 50)
    assert [remote.count(name, "losses") for name in PATHS] == [0, 0]


def test_a_namespace_changes_its_size(bench, target, remote, disk, seed):
    """The one that is written to; what is behind the old end can be used at once."""
    target.add_file_namespace(2, 16)
    remote.wait("namespace 2", lambda: 2 in remote.namespaces())
    second = add_disk(bench, "disk1", f"{REMOTE}n2", 1)
    command = fio.verify_command(second, size_mib=8, depth=16, seed=seed)
    fio.start(bench.machine, "load2", command)
    for size_mib in [24, 16]:
        target.resize_file_namespace(2, size_mib)
        remote.wait("the new size", lambda: bench.machine.bytes_of(second) == size_mib * MIB)  # noqa: B023
        space = remote.namespaces()[2]
        assert int(space["blocks_count"]) * int(space["block_size"]) == size_mib * MIB
        extra = f"--offset={size_mib - 2}m"
        command = fio.verify_command(second, size_mib=2, depth=8, seed=seed + size_mib, extra=extra)
        assert fio.result(bench.machine.run(command))["error"] == 0
    check_load(bench.machine, second, "load2")
    remove_disk(bench, remote, "disk1", second)
    target.remove_namespace(2)
    remote.wait("one namespace", lambda: list(remote.namespaces()) == [1])


def test_a_namespace_in_use_vanishes_and_comes_back(bench, target, remote, disk, seed):
    """What is not there fails, at once and alone; the same disk works when it is there again."""
    target.add_file_namespace(2, 16)
    remote.wait("namespace 2", lambda: 2 in remote.namespaces())
    second = add_disk(bench, "disk1", f"{REMOTE}n2", 1)
    write = f"dd if=/dev/urandom of=/dev/{second} bs=64k count=1 oflag=direct"
    assert bench.machine.status(write) == 0
    for round_ in range(2):
        target.show_namespace(2, False)
        remote.wait("the loss", lambda: remote.namespaces()[2]["state"] == "OFFLINE")
        assert remote.namespaces()[2]["state_reason"] and not remote.ana(2)
        assert remote.namespaces()[1]["state"] == "READY"
        assert bench.machine.status(write) != 0
        remote.guest_bytes[1] -= 64 << 10  # the guest counts what failed
        target.show_namespace(2, True)
        remote.wait("the return", lambda: remote.namespaces()[2]["state"] == "READY")
        command = fio.verify_command(second, size_mib=2, depth=8, seed=seed + round_)
        assert fio.result(bench.machine.run(command))["error"] == 0
    errors = bench.machine.io_errors().splitlines()
    assert errors and all(f"{second}," in line for line in errors), errors
    bench.machine.run("dmesg -c > /dev/null")
    remove_disk(bench, remote, "disk1", second)
    target.remove_namespace(2)
    remote.wait("one namespace", lambda: list(remote.namespaces()) == [1])
