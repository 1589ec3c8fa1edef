"""kill -9 of the daemon at random moments under verified I/O: the guest must not notice more than a pause."""

import os
import pathlib
import random
import subprocess
import time

import pytest

import fio
from conftest import number


def completed(machine, disk):
    """Requests that the guest's kernel saw completed: reads, writes and flushes; of all disks, if it is a pattern."""
    lines = machine.run(f"cat /sys/block/{disk}/stat").splitlines()
    return sum(int(fields[0]) + int(fields[4]) + int(fields[15]) for fields in map(str.split, lines))


def wait_progress(machine, disk, since, load="load", timeout=240):
    deadline = time.monotonic() + timeout
    while completed(machine, disk) <= since:
        assert machine.is_running(load), "fio ended: " + machine.run(f"tail -c 1000 /tmp/{load}.out")
        assert time.monotonic() < deadline, f"nothing completed within {timeout} s"
        time.sleep(0.05)


def start_load(machine, disk, command, load="load"):
    """fio until fio.stop(); gives back when it is at work."""
    before = completed(machine, disk)
    fio.start(machine, load, command)
    wait_progress(machine, disk, before + 50, load)


@pytest.mark.parametrize("ring", ["split", "packed"])
@pytest.mark.parametrize("block_size", ["4k", "64k"])
def test_kill_at_random_moments(bench, folder, seed, ring, block_size):
    kills = max(1, number("OUTRIGGER_VM_KILLS", 4) // 2)
    chance = random.Random(seed)
    path = folder / "volume"
    bench.daemon.create_host("hands", 7)  # no QMP socket: the test says which ring the guest gets
    bench.daemon.create_aio("disk0-vol", path, 64)
    bench.daemon.create_disk("disk0", "disk0-vol", port=7)
    bench.daemon.set_disk_options("disk0", packed=ring == "packed")
    properties = {"packed": True} if ring == "packed" else {}
    bench.machine.plug("by-hand", bench.daemon.device("disk0")["socket_path"], "rp16", queues=2, **properties)
    (disk,) = bench.machine.wait_disks(1)
    features = bench.machine.run(f"cat /sys/block/{disk}/device/features").strip()
    assert features[34] == ("1" if ring == "packed" else "0"), f"the guest negotiated {features}"

    command = fio.verify_command(disk, size_mib=12, depth=16, block_size=block_size, seed=seed, extra="--fsync=64")
    start_load(bench.machine, disk, command)
    for kill in range(kills):
        time.sleep(chance.uniform(0.05, 1.5))
        bench.daemon.kill()
        before = completed(bench.machine, disk)
        time.sleep(chance.uniform(0, 1.0))
        bench.daemon.start()
        wait_progress(bench.machine, disk, before)
        assert bench.machine.is_running("load"), bench.machine.run("cat /tmp/load.out")
        print(f"kill {kill + 1} of {kills}: back to work after {before} requests")
    assert fio.stop(bench.machine, "load")["error"] == 0
    assert bench.machine.io_errors() == ""
    bench.machine.unplug("by-hand")
    bench.machine.wait_disks(0)
    bench.daemon.delete_disk("disk0")
    bench.daemon.delete_volume("aio", "disk0-vol")
    bench.daemon.request("DELETE", "/v1/hosts/hands")


def test_kill_while_the_guest_is_away(bench, folder, seed):
    """Unplug and plug after a crash: the daemon knows what is plugged and what is not."""
    path = folder / "volume"
    bench.daemon.create_aio("disk0-vol", path, 16)
    bench.daemon.create_disk("disk0", "disk0-vol")
    (disk,) = bench.machine.wait_disks(1)
    bench.daemon.restart_after_kill()
    assert fio.result(bench.machine.run(fio.verify_command(disk, size_mib=2, seed=seed)))["error"] == 0
    bench.daemon.restart_after_kill()
    bench.daemon.delete_disk("disk0")
    bench.machine.wait_disks(0)
    bench.daemon.delete_volume("aio", "disk0-vol")
    assert bench.machine.io_errors() == ""


def test_kill_and_restart_with_other_settings(bench, folder, seed):
    """The guest's queues and its right to write are its own until it lets go, whatever the settings are by then."""
    path = folder / "volume"
    bench.daemon.create_aio("disk0-vol", path, 32)
    bench.daemon.create_disk("disk0", "disk0-vol")
    (disk,) = bench.machine.wait_disks(1)
    start_load(bench.machine, disk, fio.verify_command(disk, depth=16, seed=seed))
    bench.daemon.set_queue_count("host1", 1)
    bench.daemon.set_disk_options("disk0", read_only=True)
    for cores in [1, 2]:
        bench.daemon.kill()
        bench.daemon.set_data_cores(cores)
        before = completed(bench.machine, disk)
        bench.daemon.start()
        wait_progress(bench.machine, disk, before)
        device = bench.daemon.device("disk0")
        assert device["queue_count"] == 2 and not device.get("read_only")
        assert "read_only=true, queue_count=1" in device["state_reason"]
    assert fio.stop(bench.machine, "load")["error"] == 0
    assert bench.machine.io_errors() == ""
    bench.daemon.delete_disk("disk0")
    bench.machine.wait_disks(0)
    bench.daemon.delete_volume("aio", "disk0-vol")
    bench.daemon.set_queue_count("host1", 2)


def test_kill_while_qemu_listens(bench, folder, seed):
    """The other role: after the restart it is we who connect again."""
    path = folder / "volume"
    bench.daemon.set_socket_role("host1", "BACKEND_CONNECTS")
    bench.daemon.create_aio("disk0-vol", path, 32)
    bench.daemon.create_disk("disk0", "disk0-vol")
    (disk,) = bench.machine.wait_disks(1)
    start_load(bench.machine, disk, fio.verify_command(disk, depth=16, seed=seed))
    for _ in range(2):
        bench.daemon.kill()
        before = completed(bench.machine, disk)
        bench.daemon.start()
        wait_progress(bench.machine, disk, before)
    assert fio.stop(bench.machine, "load")["error"] == 0
    assert bench.machine.io_errors() == ""
    bench.daemon.delete_disk("disk0")
    bench.machine.wait_disks(0)
    bench.daemon.delete_volume("aio", "disk0-vol")
    bench.daemon.set_socket_role("host1", "BACKEND_LISTENS")


def test_kill_with_many_disks(bench, folder, seed):
    """Every one of eight disks in use comes back."""
    names = [f"disk{index}" for index in range(8)]
    for index, name in enumerate(names):
        path = folder / name
        bench.daemon.create_aio(f"{name}-vol", path, 8)
        bench.daemon.create_disk(name, f"{name}-vol", 0, index)
    disks = bench.machine.wait_disks(8)
    # All of them at once: beside seven that are at work, an emulated guest takes seconds to start one more.
    before = {disk: completed(bench.machine, disk) for disk in disks}
    for disk in disks:
        command = fio.verify_command(disk, size_mib=4, depth=4, seed=seed)
        fio.start(bench.machine, f"load-{disk}", command)
    for disk in disks:
        wait_progress(bench.machine, disk, before[disk] + 50, f"load-{disk}")
    time.sleep(random.Random(seed).uniform(1, 3))
    bench.daemon.kill()
    before = {disk: completed(bench.machine, disk) for disk in disks}
    bench.daemon.start()
    for disk in disks:
        wait_progress(bench.machine, disk, before[disk], f"load-{disk}")
    for disk in disks:
        assert fio.stop(bench.machine, f"load-{disk}")["error"] == 0
    assert bench.machine.io_errors() == ""
    for name in names:
        bench.daemon.delete_disk(name)
        bench.daemon.delete_volume("aio", f"{name}-vol")
    bench.machine.wait_disks(0)


@pytest.fixture
def loop_device(folder):
    """A block device of the kernel's that counts the flushes it gets."""
    path = folder / "below"
    path.touch()
    os.truncate(path, 16 << 20)
    made = subprocess.run(["losetup", "--find", "--show", str(path)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"this machine gives no loop device: {made.stderr.strip()}")
    device = made.stdout.strip()
    yield device
    subprocess.run(["losetup", "--detach", device], check=True)


def flushes(device):
    return int(pathlib.Path(f"/sys/block/{os.path.basename(device)}/stat").read_text().split()[15])


def test_a_guest_that_writes_through_still_does_after_a_kill(bench, loop_device):
    """Nobody tells the new daemon so: QEMU does not repeat what the guest wrote to the configuration space."""
    bench.daemon.create_aio("disk0-vol", loop_device)
    bench.daemon.create_disk("disk0", "disk0-vol")
    (disk,) = bench.machine.wait_disks(1)
    write = f"dd if=/dev/zero of=/dev/{disk} bs=4k count=20 oflag=direct 2> /dev/null"

    def flushes_of_writes():
        before = flushes(loop_device)
        bench.machine.run(write)
        return flushes(loop_device) - before

    assert flushes_of_writes() < 20, "written back: the guest flushes when it wants to"
    bench.machine.run(f"echo 'write through' > /sys/block/{disk}/cache_type")
    assert flushes_of_writes() >= 20
    bench.daemon.restart_after_kill()
    bench.machine.run(f"dd if=/dev/{disk} of=/dev/null bs=4k count=1 iflag=direct 2> /dev/null")
    assert flushes_of_writes() >= 20
    bench.machine.run(f"echo 'write back' > /sys/block/{disk}/cache_type")
    bench.daemon.restart_after_kill()
    assert flushes_of_writes() < 20
    bench.daemon.delete_disk("disk0")
    bench.machine.wait_disks(0)
    bench.daemon.delete_volume("aio", "disk0-vol")
