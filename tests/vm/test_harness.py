"""The harness itself, against Debian's qemu-storage-daemon: when this fails, the fault is not our daemon's."""

import fio
import peer
import qemu


def test_hot_plug_verify_unplug(folder, seed):
    with qemu.Machine(folder, ports=1) as machine, peer.StorageDaemon(folder) as backend:
        machine.start()
        machine.plug("disk0", backend.socket_path, bus="rp0")
        (disk,) = machine.wait_disks(1)
        assert fio.result(machine.run(fio.verify_command(disk, seed=seed)))["error"] == 0
        machine.unplug("disk0")
        machine.wait_disks(0)
        assert machine.io_errors() == ""
