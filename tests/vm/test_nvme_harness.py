"""The harness itself, without our daemon: the kernel's NVMe host in one VM on the kernel's target in another."""

import fio
import nvme
import qemu
from daemon import free_port


def test_the_kernels_host_on_the_kernels_target(folder, seed):
    port = free_port()
    with qemu.Machine(folder, "target", ports=0) as there, qemu.Machine(folder, "host", ports=0) as here:
        there.start(*nvme.cards(1, forward=[(port, 4420)]))
        nvme.bring_up(there)
        target = nvme.KernelTarget(there)
        here.start(*nvme.cards(1))
        nvme.bring_up(here)
        initiator = nvme.Initiator(here)
        records = initiator.discover(port)
        assert target.nqn in [record["subnqn"] for record in records]
        initiator.connect(target.nqn, port)
        (disk,) = initiator.wait_disks(1)
        assert here.bytes_of(disk) == 64 << 20
        result = fio.result(here.run(fio.verify_command(disk, size_mib=4, seed=seed)))
        assert result["error"] == 0 and result["write_bytes"] >= 4 << 20
        initiator.disconnect(target.nqn)
        initiator.wait_disks(0)
        assert here.io_errors() == ""
