"""Linux as the NVMe/TCP host: what a stock kernel and nvme-cli see of the daemon's subsystems, and what they survive."""

import json
import re
import time

import pytest

import daemon as daemon_module
import fio
import nvme
import qemu
from conftest import number

NQN = "nqn.2026-11.org.example:outrigger"


class Fabric:
    """A daemon with one subsystem at two ports and a VM with a card for each."""

    def __init__(self, folder, data_cores=2):
        self.daemon = daemon_module.Daemon(cores=data_cores).start()
        self.ports = [daemon_module.free_tcp_port() for _ in range(2)]
        self.daemon.create_subsystem("subsys0", NQN, serial_number="OUTRIGGER0", model_number="Outrigger")
        for index, port in enumerate(self.ports):
            self.daemon.open_port("subsys0", f"port{index}", port)
        self.machine = qemu.Machine(folder, ports=0).start(*nvme.cards(2))
        nvme.bring_up(self.machine, 2)
        self.initiator = nvme.Initiator(self.machine)

    def close(self):
        self.machine.stop()
        self.daemon.remove()

    def add_memory(self, name="space1", size_mib=32, block_size=512, **spec):
        self.daemon.create_malloc(f"{name}-vol", size_mib, block_size)
        return self.daemon.add_namespace("subsys0", name, f"{name}-vol", **spec)

    def add_file(self, path, name="space1", size_mib=32):
        self.daemon.create_aio(f"{name}-vol", path, size_mib)
        return self.daemon.add_namespace("subsys0", name, f"{name}-vol")

    def remove(self, name="space1", kind="malloc"):
        self.daemon.remove_namespace("subsys0", name)
        self.daemon.delete_volume(kind, f"{name}-vol")

    def connect(self, path=0, extra=""):
        return self.initiator.connect(NQN, self.ports[path], path, extra)

    def connect_both(self, extra=""):
        for path in range(2):
            self.connect(path, extra)
        self.initiator.wait_state("live", 2)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    fabric = Fabric(tmp_path_factory.mktemp("nvme"))
    yield fabric
    fabric.close()


@pytest.fixture
def fabric(shared, request):
    """The shared daemon and VM; a test leaves no connection, namespace or volume behind."""
    yield shared
    call = getattr(request.node, "report_call", None)
    if call is None or not call.passed:
        print("-- outriggerd:\n" + shared.daemon.log_text(8000))
        print("-- guest:\n" + shared.machine.log_text() + shared.machine.run("dmesg | tail -40", check=False))
    shared.initiator.disconnect(NQN, check=False)
    shared.machine.run("dmesg -c > /dev/null")
    for kind in ["malloc", "aio"]:
        for name in ["space1", "space2"]:
            for take_away in [lambda n: shared.daemon.remove_namespace("subsys0", n),
                              lambda n, k=kind: shared.daemon.delete_volume(k, f"{n}-vol")]:  # fmt: skip
                try:
                    take_away(name)
                except daemon_module.ApiError:
                    pass  # it was not there


def verify(fabric, disk, seed, size_mib=4, **options):
    result = fio.result(fabric.machine.run(fio.verify_command(disk, size_mib=size_mib, seed=seed, **options)))
    assert result["error"] == 0 and result["write_bytes"] >= size_mib << 20


def test_discover_names_what_can_be_reached(fabric):
    records = fabric.initiator.discover(fabric.ports[0])
    found = {(record["subnqn"], record["trsvcid"]) for record in records if record["subtype"] == "nvme subsystem"}
    assert {(NQN, str(port)) for port in fabric.ports} <= found
    assert all(record["trtype"] == "tcp" for record in records)


def test_connect_io_and_disconnect(fabric, seed):
    fabric.add_memory()
    fabric.connect()
    (disk,) = fabric.initiator.wait_disks(1)
    assert fabric.initiator.bytes_of(disk) == 32 << 20
    verify(fabric, disk, seed)
    verify(fabric, disk, seed + 1, block_size="64k", size_mib=8)
    verify(fabric, disk, seed + 2, block_size="1m", size_mib=16)
    fabric.initiator.disconnect(NQN)
    fabric.initiator.wait_disks(0)
    assert fabric.machine.io_errors() == ""


@pytest.mark.parametrize("digests", ["--hdr-digest", "--data-digest", "--hdr-digest --data-digest"])
def test_digests(fabric, seed, digests):
    fabric.add_memory()
    fabric.connect(extra=digests)
    (disk,) = fabric.initiator.wait_disks(1)
    verify(fabric, disk, seed)
    verify(fabric, disk, seed + 1, block_size="128k", size_mib=8)
    assert fabric.machine.io_errors() == ""


def test_connect_all_uses_every_port(fabric, seed):
    fabric.add_memory()
    # Discovery names loopback addresses, which are not those that the guest knows this machine by: give them a way.
    address = "127.0.0.1"
    fabric.machine.run(f"nvme connect-all -t tcp -a {nvme.gateway()} -s {fabric.ports[0]} {fabric.initiator.who()} || true")
    states = fabric.initiator.controllers()
    # The kernel tries both records; from inside the guest 127.0.0.1 leads nowhere, which nvme-cli says and survives.
    assert all(address not in one["address"] or one["state"] != "live" for one in states.values())


def test_4k_blocks(fabric, seed):
    fabric.add_memory(block_size=4096)
    fabric.connect()
    (disk,) = fabric.initiator.wait_disks(1)
    assert fabric.machine.run(f"cat /sys/block/{disk}/queue/logical_block_size").strip() == "4096"
    verify(fabric, disk, seed)


def test_file_system_with_discard(fabric):
    fabric.add_memory(size_mib=64)
    fabric.connect()
    (disk,) = fabric.initiator.wait_disks(1)
    fabric.machine.run(
        f"/usr/bin/blkdiscard /dev/{disk} && /usr/bin/blkdiscard -z /dev/{disk} && "
        f"mkfs.ext4 -q /dev/{disk} && mount -o discard /dev/{disk} /mnt && "
        "dd if=/dev/urandom of=/mnt/file bs=1M count=8 2> /dev/null && md5sum /mnt/file > /tmp/sum && "
        f"umount /mnt && e2fsck -fn /dev/{disk} && mount /dev/{disk} /mnt && md5sum -c /tmp/sum && "
        "rm /mnt/file && fstrim /mnt && umount /mnt",
        timeout=600,
    )
    assert fabric.machine.io_errors() == ""


def test_namespaces_come_grow_and_go_under_io(fabric, seed):
    fabric.add_memory("space1")
    fabric.connect()
    (first,) = fabric.initiator.wait_disks(1)
    fabric.machine.spawn("load", fio.verify_command(first, size_mib=16, seconds=8, seed=seed))
    fabric.add_memory("space2", size_mib=16)
    second = next(disk for disk in fabric.initiator.wait_disks(2) if disk != first)
    assert fabric.initiator.bytes_of(second) == 16 << 20
    fabric.daemon.update_malloc("space2-vol", 48)
    wait_for(lambda: fabric.initiator.bytes_of(second) == 48 << 20, "the guest sees the new size")
    fabric.remove("space2")
    fabric.initiator.wait_disks(1)
    status, output = fabric.machine.wait("load")
    assert status == 0 and fio.result(output)["error"] == 0
    assert fabric.machine.io_errors() == ""


def wait_for(condition, what, timeout=qemu.DISK_SECONDS):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.1)


def test_one_of_two_paths_is_cut_under_io(fabric, seed):
    fabric.add_memory()
    fabric.connect_both("--keep-alive-tmo=2 --reconnect-delay=1 --ctrl-loss-tmo=120")
    (disk,) = fabric.initiator.wait_disks(1)
    fabric.machine.spawn("load", fio.verify_command(disk, size_mib=16, seconds=25, seed=seed))
    for index in range(2):
        time.sleep(1)
        # A path that falls silent (the cable), not one that says goodbye.
        fabric.machine.qmp.command("set_link", name=f"card{index}", up=False)
        fabric.initiator.wait_state("connecting", 1)
        time.sleep(1)
        fabric.machine.qmp.command("set_link", name=f"card{index}", up=True)
        fabric.initiator.wait_state("live", 2)
    status, output = fabric.machine.wait("load")
    assert status == 0 and fio.result(output)["error"] == 0
    assert "Buffer I/O error" not in fabric.machine.run("dmesg")


def test_a_port_is_closed_under_io(fabric, seed):
    fabric.add_memory()
    fabric.connect_both("--reconnect-delay=1 --ctrl-loss-tmo=120")
    (disk,) = fabric.initiator.wait_disks(1)
    fabric.machine.spawn("load", fio.verify_command(disk, size_mib=16, seconds=10, seed=seed))
    time.sleep(1)
    fabric.daemon.close_port("subsys0", "port0")
    fabric.initiator.wait_state("live", 1)
    fabric.daemon.open_port("subsys0", "port0", fabric.ports[0])
    fabric.initiator.wait_state("live", 2)
    status, output = fabric.machine.wait("load")
    assert status == 0 and fio.result(output)["error"] == 0
    assert "Buffer I/O error" not in fabric.machine.run("dmesg")


def test_kill_9_and_restart_is_a_pause(fabric, seed, folder):
    fabric.add_file(folder / "volume")
    fabric.connect_both("--reconnect-delay=1 --ctrl-loss-tmo=300")
    (disk,) = fabric.initiator.wait_disks(1)
    kills = number("OUTRIGGER_VM_NVME_KILLS", 2)
    fabric.machine.spawn("load", fio.until_stopped(fio.verify_command(disk, size_mib=16, seed=seed)))
    for round_number in range(kills):
        time.sleep(1 + (seed + round_number) % 3 / 2)
        fabric.daemon.restart_after_kill(away=0.5)
        fabric.initiator.wait_state("live", 2)
    result = fio.stop(fabric.machine, "load")
    assert result["error"] == 0 and result["write_bytes"] > 0
    assert "Buffer I/O error" not in fabric.machine.run("dmesg")


# nvme-cli 2.3 has faults of its own, the same on the kernel's target: show-regs and effects-log without a command set read
# registers of PCIe, supported-log-pages falls over its JSON.
READ_ONLY = [
    ("list", None),
    ("list-subsys -o json", None),
    ("id-ctrl {c} -o json", "mn"),
    ("id-ns {n} -o json", "nsze"),
    ("ns-descs {n} -o json", None),
    ("list-ns {c} -o json", None),
    ("list-ns {c} --all -o json", None),
    ("list-ctrl {c} -o json", None),
    ("smart-log {c} -o json", "host_write_commands"),
    ("error-log {c} -o json", None),
    ("effects-log {c} -c 0 -o json", None),
    ("ana-log {c} -o json", None),
    ("fw-log {c} -o json", None),
    ("changed-ns-list-log {c} -o json", None),
    ("supported-log-pages {c}", None),
    ("fid-support-effects-log {c} -o json", None),
    ("get-feature {c} -f 1", None),
    ("get-feature {c} -f 2", None),
    ("get-feature {c} -f 4", None),
    ("get-feature {c} -f 5", None),
    ("get-feature {c} -f 6", None),
    ("get-feature {c} -f 7", None),
    ("get-feature {c} -f 0xb", None),
    ("get-feature {c} -f 0xf", None),
    ("get-property {c} --offset=0", None),
    ("get-property {c} --offset=8", None),
    ("get-property {c} --offset=0x14", None),
    ("get-property {c} --offset=0x1c", None),
    ("id-nvmset {c}", "refused"),
    ("nvm-id-ctrl {c} -o json", None),
    ("cmdset-ind-id-ns {n} -n 1 -o json", None),
    ("resv-report {n} --eds -o json", None),
]


@pytest.mark.parametrize("words,expected", READ_ONLY, ids=[words for words, _ in READ_ONLY])
def test_nvme_cli_reads(fabric, words, expected):
    fabric.add_memory()
    fabric.connect()
    (disk,) = fabric.initiator.wait_disks(1)
    controller = next(iter(fabric.initiator.controllers()))
    command = words.format(c=f"/dev/{controller}", n=f"/dev/{disk}")
    status = fabric.machine.status(f"nvme {command}")
    output = fabric.initiator.nvme(f"{command} 2>&1", check=False)
    if expected == "refused":
        assert status != 0 and re.search("Invalid|INVALID", output), output
        return
    assert status == 0, output
    if expected:
        assert expected in json.loads(output)


@pytest.mark.parametrize("volume", ["memory", "file"])
def test_nvme_cli_io_commands(fabric, folder, volume):
    if volume == "memory":
        fabric.add_memory()
    else:
        fabric.add_file(folder / "volume")
    fabric.connect()
    (disk,) = fabric.initiator.wait_disks(1)
    nvme_cli = fabric.initiator.nvme
    fabric.machine.run("dd if=/dev/urandom of=/tmp/data bs=4k count=1 2> /dev/null")
    nvme_cli(f"write /dev/{disk} -s 8 -c 7 -z 4096 -d /tmp/data")
    nvme_cli(f"compare /dev/{disk} -s 8 -c 7 -z 4096 -d /tmp/data")
    assert fabric.machine.status(f"nvme compare /dev/{disk} -s 16 -c 7 -z 4096 -d /tmp/data") != 0
    nvme_cli(f"copy /dev/{disk} --sdlba=16 --slbs=8 --blocks=7")
    nvme_cli(f"compare /dev/{disk} -s 16 -c 7 -z 4096 -d /tmp/data")
    nvme_cli(f"verify /dev/{disk} -s 0 -c 127")
    nvme_cli(f"write-zeroes /dev/{disk} -s 16 -c 7")
    nvme_cli(f"read /dev/{disk} -s 16 -c 7 -z 4096 -d /tmp/back")
    assert fabric.machine.status("cmp -n 4096 /tmp/back /dev/zero") == 0
    nvme_cli(f"dsm /dev/{disk} --ad -s 8 -b 8")
    nvme_cli(f"flush /dev/{disk}")
    assert fabric.machine.status(f"nvme read /dev/{disk} -s 70000 -c 7 -z 4096 -d /tmp/back") != 0


def test_smart_outlives_the_daemon(fabric, folder):
    fabric.add_file(folder / "volume")
    fabric.connect(extra="--reconnect-delay=1 --ctrl-loss-tmo=300")
    (disk,) = fabric.initiator.wait_disks(1)
    controller = next(iter(fabric.initiator.controllers()))

    def smart():
        log = json.loads(fabric.initiator.nvme(f"smart-log /dev/{controller} -o json"))
        return {key: int(log[key]) for key in ("host_write_commands", "power_cycles", "unsafe_shutdowns")}

    fabric.machine.run("dd if=/dev/urandom of=/tmp/data bs=4k count=1 2> /dev/null")
    fabric.initiator.nvme(f"write /dev/{disk} -s 8 -c 7 -z 4096 -d /tmp/data")
    begun = smart()
    assert begun["host_write_commands"] > 0
    fabric.daemon.terminate()
    fabric.initiator.wait_state("connecting", 1)
    fabric.daemon.start()
    fabric.initiator.wait_state("live", 1)
    stopped = smart()
    assert stopped["host_write_commands"] >= begun["host_write_commands"]
    assert stopped["power_cycles"] == begun["power_cycles"] + 1
    assert stopped["unsafe_shutdowns"] == begun["unsafe_shutdowns"]
    fabric.daemon.kill()
    fabric.initiator.wait_state("connecting", 1)
    fabric.daemon.start()
    fabric.initiator.wait_state("live", 1)
    killed = smart()
    assert killed["host_write_commands"] >= stopped["host_write_commands"]
    assert killed["unsafe_shutdowns"] == begun["unsafe_shutdowns"] + 1
