"""A guest's disk over a namespace of another daemon whose target dies: what the guest is told when its daemon stops
meanwhile, and what clients are told that want something of it gone."""

import time

import pytest

import fio
from daemon import ApiError
from test_kill import completed, start_load, wait_progress

STOP_SECONDS = 10  # stop_max and what a busy machine adds
FAILED_PRECONDITION = 9
UNAVAILABLE = 14


@pytest.fixture
def disk(bench, far):
    """The guest's disk on it."""
    bench.daemon.cli("connect", f"127.0.0.1:{far.port}", "--nqn", far.nqn)
    bench.daemon.create_disk("disk0", "nvme0n1")
    (name,) = bench.machine.wait_disks(1)
    yield name
    bench.daemon.delete_disk("disk0")
    bench.machine.wait_disks(0)
    bench.daemon.cli("disconnect", "nvme0")


def path(daemon):
    return daemon.request("GET", "/v1/nvmeRemoteControllers/nvme0/state")["paths"][0]


def wait_lost(daemon, timeout=30):
    deadline = time.monotonic() + timeout
    while path(daemon)["state"] == "LIVE":
        assert time.monotonic() < deadline, "nobody noticed that the target died"
        time.sleep(0.05)


def test_a_stop_while_the_target_is_dead(bench, far, disk, seed):
    command = fio.verify_command(disk, size_mib=8, depth=16, seed=seed, extra="--fsync=64")
    start_load(bench.machine, disk, command)
    for target_is_first in [False, True]:
        far.kill()
        wait_lost(bench.daemon)
        time.sleep(1)
        began = time.monotonic()
        assert bench.daemon.terminate(timeout=60, is_cut_short=True) == 0
        assert time.monotonic() - began < STOP_SECONDS
        assert "taken up again after the next start" in bench.daemon.log_text()
        assert bench.machine.is_running("load"), bench.machine.run("cat /tmp/load.out")
        for daemon in [far, bench.daemon] if target_is_first else [bench.daemon, far]:
            daemon.start()
        wait_progress(bench.machine, disk, completed(bench.machine, disk))
    assert fio.stop(bench.machine, "load")["error"] == 0
    assert bench.machine.io_errors() == ""


def test_what_cannot_go_says_so(bench, far, disk, seed):
    start_load(bench.machine, disk, fio.verify_command(disk, size_mib=8, depth=16, seed=seed))
    far.kill()
    wait_lost(bench.daemon)
    for name in [path(bench.daemon)["name"], "nvmeRemoteControllers/nvme0"]:
        began = time.monotonic()
        with pytest.raises(ApiError) as refused:
            bench.daemon.request("DELETE", f"/v1/{name}")
        assert refused.value.code == FAILED_PRECONDITION, refused.value
        assert time.monotonic() - began < STOP_SECONDS
    far.start()
    wait_progress(bench.machine, disk, completed(bench.machine, disk))
    assert fio.stop(bench.machine, "load")["error"] == 0
    assert bench.machine.io_errors() == ""


def test_a_disk_whose_requests_wait_is_not_deleted(bench, far, seed):
    """Nobody to be asked to unplug it: the requests in flight are all that is in the way."""
    bench.daemon.create_host("hands", 7)
    bench.daemon.cli("connect", f"127.0.0.1:{far.port}", "--nqn", far.nqn)
    bench.daemon.create_disk("disk0", "nvme0n1", port=7)
    bench.machine.plug("by-hand", bench.daemon.device("disk0")["socket_path"], "rp16", queues=2)
    (disk,) = bench.machine.wait_disks(1)
    start_load(bench.machine, disk, fio.verify_command(disk, size_mib=8, depth=16, seed=seed))
    far.kill()
    wait_lost(bench.daemon)
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(ApiError) as refused:
            bench.daemon.delete_disk("disk0")
        assert refused.value.code == UNAVAILABLE and "does not answer" in str(refused.value)
        assert time.monotonic() - began < STOP_SECONDS
    assert bench.daemon.device("disk0")["state"] == "WAITING"
    far.start()
    wait_progress(bench.machine, disk, completed(bench.machine, disk))
    assert fio.stop(bench.machine, "load")["error"] == 0
    assert bench.machine.io_errors() == ""
    bench.machine.unplug("by-hand")
    bench.machine.wait_disks(0)
    bench.daemon.delete_disk("disk0")
    bench.daemon.cli("disconnect", "nvme0")
    bench.daemon.request("DELETE", "/v1/hosts/hands")
