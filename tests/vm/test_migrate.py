"""Live migration of a VM between two QEMUs while it writes. Both have a disk of ours on the same volume."""

import time

import pytest

import fio
import qemu

SECONDS_MAX = 600


def migrate(source, target, path):
    """Moves the guest; afterwards its agent is reached through the target."""
    source.qmp.command("migrate", uri=f"unix:{path}")
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        answer = source.qmp.command("query-migrate")
        if answer.get("status") in ("completed", "failed", "cancelled"):
            break
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)
    assert answer["status"] == "completed", answer
    target.agent.number = source.agent.number
    deadline = time.monotonic() + 120
    while not target.qmp.command("query-status")["running"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return answer


@pytest.mark.parametrize("ring", ["split", "packed"])
def test_live_migration_while_writing(bench, folder, seed, ring):
    properties = {"packed": True} if ring == "packed" else {}
    path = folder / "volume"
    daemon = bench.daemon
    daemon.create_host("hands", 7)  # no QMP socket: the test plugs by itself
    daemon.create_aio("vol0", path, 64)
    sockets = []
    for index, name in enumerate(["disk-source", "disk-target"]):
        daemon.create_disk(name, "vol0", port=7, function=index)
        daemon.set_disk_options(name, packed=ring == "packed")
        sockets.append(daemon.device(name)["socket_path"])
    with qemu.Machine(folder, "source", ports=2, memory_mib=384) as source:
        source.start()
        source.plug("disk0", sockets[0], "rp0", queues=2, **properties)
        (disk,) = source.wait_disks(1)
        features = source.run(f"cat /sys/block/{disk}/device/features")
        assert features[34] == ("1" if ring == "packed" else "0"), features
        fio.start(source, "load", fio.verify_command(disk, size_mib=8, depth=16, seed=seed))
        with qemu.Machine(folder, "target", ports=2, memory_mib=384, incoming=f"unix:{folder}/move") as target:
            packed = ",packed=on" if ring == "packed" else ""
            target.start(
                "-chardev", f"socket,id=disk0.socket,path={sockets[1]},reconnect=1",
                "-device", f"vhost-user-blk-pci,id=disk0,bus=rp0,chardev=disk0.socket,num-queues=2{packed}",
            )  # fmt: skip
            time.sleep(2)
            answer = migrate(source, target, folder / "move")
            source.stop()
            print(f"moved in {answer['total-time']} ms, {answer['downtime']} ms without the guest, {ring} ring")
            assert fio.stop(target, "load")["error"] == 0
            assert target.io_errors() == ""
            # The disk still works for something new.
            assert fio.result(target.run(fio.verify_command(disk, size_mib=4, seed=seed + 1)))["error"] == 0
    for name in ["disk-source", "disk-target"]:
        daemon.delete_disk(name)
    daemon.delete_volume("aio", "vol0")
    daemon.request("DELETE", "/v1/hosts/hands")
