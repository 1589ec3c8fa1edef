"""Stacks of volumes under a real guest's disk: a rate limit over encryption over a file of 4 KiB blocks, and null."""

import base64
import os
import pathlib
import tempfile
import time

import fio
from conftest import number
from test_disk import expect_rate, measure, wait_size

KEY = bytes(range(64))
MARK = b"the guest wrote this in plain text"


def make_stack(bench, folder, size_mib=16):
    """file in `folder` → XTS-256 → limits → disk; gives the guest's name of the disk and the file."""
    path = folder / "volume"
    path.touch()
    os.truncate(path, size_mib << 20)
    daemon = bench.daemon
    daemon.request("POST", "/v1/aioVolumes?aio_volume_id=below", {"filename": str(path), "block_size": 4096})
    body = {"volume_name_ref": "below", "cipher": "ENCRYPTION_TYPE_AES_XTS_256", "key": base64.b64encode(KEY).decode()}
    daemon.request("POST", "/v1/encryptedVolumes?encrypted_volume_id=secret", body)
    body = {"volume_name_ref": "secret", "limits": {"max": {"rw_bandwidth_mbs": 500}}}
    daemon.request("POST", "/v1/qosVolumes?qos_volume_id=limited", body)
    daemon.create_disk("disk0", "limited")
    (disk,) = bench.machine.wait_disks(1)
    return disk, path


def remove_stack(bench):
    bench.daemon.delete_disk("disk0")
    bench.machine.wait_disks(0)
    for kind, name in (("qos", "limited"), ("encrypted", "secret"), ("aio", "below")):
        bench.daemon.delete_volume(kind, name)
    assert bench.machine.io_errors() == ""


def test_a_guest_writes_plain_text_and_the_file_holds_none(bench, folder, seed):
    disk, path = make_stack(bench, folder)
    assert bench.machine.run(f"cat /sys/block/{disk}/queue/logical_block_size").strip() == "4096"
    bench.machine.run(
        f"yes '{MARK.decode()}' | dd of=/dev/{disk} bs=64k count=16 iflag=fullblock oflag=direct 2> /dev/null && sync"
    )
    assert MARK.decode() in bench.machine.run(f"head -c 4096 /dev/{disk}")
    assert MARK not in path.read_bytes()
    assert fio.result(bench.machine.run(fio.verify_command(disk, size_mib=8, seed=seed)))["error"] == 0
    # Zeroes are not to be told from data below.
    bench.machine.run(f"/usr/bin/blkdiscard -z -o 0 -l 1048576 /dev/{disk}")
    zeroes = bench.machine.run(f"dd if=/dev/{disk} bs=1M count=1 iflag=direct 2> /dev/null | tr -d '\\0' | wc -c")
    assert zeroes.strip() == "0"
    assert bytes(4096) not in path.read_bytes()[: 1 << 20]
    remove_stack(bench)


def test_kills_lose_nothing_under_encryption_and_limits(bench, folder, seed):
    disk, _ = make_stack(bench, folder)
    fio.start(bench.machine, "load", fio.verify_command(disk, size_mib=8, seed=seed))
    for _ in range(number("OUTRIGGER_VM_KILLS", 2)):
        time.sleep(1)
        bench.daemon.restart_after_kill()
    assert fio.stop(bench.machine, "load")["error"] == 0
    remove_stack(bench)


def test_a_volumes_limits_change_under_load(bench):
    # In memory: how fast the machine's own disk is at the moment is not what is looked at.
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="outrigger-") as folder:
        disk, _ = make_stack(bench, pathlib.Path(folder))
        free = measure(bench, disk, 2)
        for limits, rate in (({"rw_iops_kiops": 1}, 1000), ({"rw_bandwidth_mbs": 2}, 2_000_000 / 4096)):
            path = "/v1/qosVolumes/limited?update_mask=limits"
            bench.daemon.request("PATCH", path, {"limits": {"max": limits}})
            expect_rate(lambda: measure(bench, disk, 4), free, rate)
        remove_stack(bench)


def test_an_encrypted_disk_grows_under_load(bench, folder, seed):
    disk, path = make_stack(bench, folder)
    fio.start(bench.machine, "load", fio.verify_command(disk, size_mib=8, seed=seed))
    os.truncate(path, 24 << 20)
    bench.daemon.rescan_aio("below")
    wait_size(bench, disk, 24)
    assert fio.stop(bench.machine, "load")["error"] == 0
    remove_stack(bench)


def test_a_null_volume_takes_everything(bench):
    body = {"block_size": 4096, "blocks_count": 4096}
    bench.daemon.request("POST", "/v1/nullVolumes?null_volume_id=nothing", body)
    bench.daemon.create_disk("disk0", "nothing")
    (disk,) = bench.machine.wait_disks(1)
    assert measure(bench, disk, 2) > 0
    bench.daemon.delete_disk("disk0")
    bench.machine.wait_disks(0)
    bench.daemon.delete_volume("null", "nothing")
    assert bench.machine.io_errors() == ""
