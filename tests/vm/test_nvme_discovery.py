"""Discovery between Linux and the daemon: connect-all over two subnets, referrals, the change event of a persistent
discovery controller, and the daemon that follows the kernel's own target."""

import json
import time

import pytest

import daemon as daemon_module
import fio
import net
import nvme
import qemu
from test_kill import completed, start_load, wait_progress

NQN = "nqn.2026-11.org.example:outrigger"
DISCOVERY_NQN = "nqn.2014-08.org.nvmexpress.discovery"
SUBNETS = ["10.77.1.1", "10.77.2.1"]
GUEST = "10.0.2.15"
PORT = 4420


def wait_for(condition, what, timeout=qemu.DISK_SECONDS):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def network():
    """A host with an address in each of two subnets, and the guest's, at which QEMU forwards to it."""
    host = net.Namespace("fabric")
    for address in [*SUBNETS, GUEST]:
        host.ip("addr", "add", f"{address}/24", "dev", "lo")
    # Connections to the guest do not come from the guest's own address.
    host.ip("route", "replace", "table", "local", "local", GUEST, "dev", "lo", "src", SUBNETS[0])
    yield host
    host.close()


class Fabric:
    """A daemon that serves one subsystem in two subnets, and a guest with a card in each."""

    def __init__(self, network, folder):
        self.daemon = daemon_module.Daemon(cores=2, host=network).start()
        cli = self.daemon.cli
        cli("create", "volume", "space1-vol", "--kind", "malloc", "--size", "32MiB")
        cli("create", "subsystem", "subsys0", "--nqn", NQN)
        cli("create", "namespace", "space1", "--subsystem", "subsys0", "--volume", "space1-vol")
        for index, address in enumerate(SUBNETS):
            cli("create", "controller", f"port{index}", "--subsystem", "subsys0", "--address", address)
        self.machine = qemu.Machine(folder, ports=0, host=network).start(*nvme.cards(2))
        nvme.bring_up(self.machine, 2)
        for index in range(2):
            subnet = SUBNETS[index].rsplit(".", 1)[0]
            self.machine.run(f"ip route add {subnet}.0/24 via {nvme.gateway(index)} dev eth{index}")
        self.initiator = nvme.Initiator(self.machine)

    def discover(self, address=SUBNETS[0], extra=""):
        words = f"discover -t tcp -a {address} -s {PORT} {self.initiator.who()} -o json {extra}"
        return json.loads(self.initiator.nvme(words))["records"]

    def close(self):
        self.machine.stop()
        self.daemon.remove()


@pytest.fixture(scope="module")
def fabric(network, tmp_path_factory):
    made = Fabric(network, tmp_path_factory.mktemp("fabric"))
    yield made
    made.close()


def test_connect_all_over_two_subnets(fabric, seed):
    initiator, machine = fabric.initiator, fabric.machine
    machine.run(f"nvme connect-all -t tcp -a {SUBNETS[0]} -s {PORT} {initiator.who()} "
                "--keep-alive-tmo=2 --reconnect-delay=1 --ctrl-loss-tmo=120")  # fmt: skip
    initiator.wait_state("live", 2)
    addresses = sorted(one["address"] for one in initiator.controllers().values())
    assert all(f"traddr={address}," in shown for address, shown in zip(SUBNETS, addresses)), addresses
    (disk,) = initiator.wait_disks(1)
    paths = nvme.paths_of(disk)
    start_load(machine, paths, fio.verify_command(disk, size_mib=4, seed=seed))
    for index in range(2):
        machine.qmp.command("set_link", name=f"card{index}", up=False)
        initiator.wait_state("connecting", 1)
        wait_progress(machine, paths, completed(machine, paths) + 50, timeout=qemu.DISK_SECONDS)
        initiator.wait_state("connecting", 1)
        machine.qmp.command("set_link", name=f"card{index}", up=True)
        initiator.wait_state("live", 2)
    assert fio.stop(machine, "load")["error"] == 0
    assert "Buffer I/O error" not in machine.run("dmesg")
    initiator.disconnect(NQN)
    initiator.wait_disks(0)


def test_referrals_are_discovered(fabric):
    before = fabric.discover()
    assert {(record["subnqn"], record["traddr"]) for record in before} == {(NQN, address) for address in SUBNETS}
    fabric.daemon.cli("create", "nvmeReferral", "other", "traddr=192.0.2.9", "trsvcid=8009")
    try:
        record = next(each for each in fabric.discover() if each["traddr"] == "192.0.2.9")
        assert "referral" in record["subtype"] and record["subnqn"] == DISCOVERY_NQN and record["trsvcid"] == "8009"
    finally:
        fabric.daemon.cli("delete", "referral", "other")
    assert len(fabric.discover()) == len(before)


def test_a_persistent_discovery_controller_hears_of_changes(fabric):
    machine = fabric.machine
    fabric.initiator.listen()
    fabric.discover(extra="--persistent --keep-alive-tmo=5")
    controllers = machine.run(f"grep -l {DISCOVERY_NQN} /sys/class/nvme/*/subsysnqn").split()
    assert len(controllers) == 1
    place = controllers[0].rsplit("/", 1)[0]
    time.sleep(6)
    assert machine.run(f"cat {place}/state").strip() == "live", "it is kept alive"
    fabric.daemon.cli("create", "nvmeReferral", "other", "traddr=192.0.2.9")
    wait_for(lambda: fabric.initiator.heard("NVME_AEN=0x70f002"), "the event")
    fabric.daemon.cli("delete", "referral", "other")
    machine.run(f"nvme disconnect -n {DISCOVERY_NQN}")


class Kernel(nvme.KernelTarget):
    """Linux's target with words for discovery."""

    def add_subsystem(self, name, disk):
        home = f"/sys/kernel/config/nvmet/subsystems/{name}"
        self.machine.run(f"mkdir {home} && echo 1 > {home}/attr_allow_any_host && mkdir {home}/namespaces/1 && "
                         f"echo -n {disk} > {home}/namespaces/1/device_path && echo 1 > {home}/namespaces/1/enable")  # fmt: skip

    def link(self, name, port):
        self.machine.run(f"ln -s /sys/kernel/config/nvmet/subsystems/{name} /sys/kernel/config/nvmet/ports/{port}/subsystems/")

    def unlink(self, name, port):
        self.machine.run(f"rm /sys/kernel/config/nvmet/ports/{port}/subsystems/{name}")

    def refer(self, name, address, tcp_port, port=1):
        place = f"/sys/kernel/config/nvmet/ports/{port}/referrals/{name}"
        self.machine.run(f"mkdir {place} && echo tcp > {place}/addr_trtype && echo ipv4 > {place}/addr_adrfam && "
                         f"echo {address} > {place}/addr_traddr && echo {tcp_port} > {place}/addr_trsvcid && "
                         f"echo 1 > {place}/enable")  # fmt: skip

    def unrefer(self, name, port=1):
        place = f"/sys/kernel/config/nvmet/ports/{port}/referrals/{name}"
        self.machine.run(f"echo 0 > {place}/enable && rmdir {place}")


@pytest.fixture(scope="module")
def target(network, tmp_path_factory):
    card = "user,id=net0,net=10.0.2.0/24" + "".join(f",hostfwd=tcp:{GUEST}:{port}-:{port}" for port in [PORT, PORT + 1])
    with qemu.Machine(tmp_path_factory.mktemp("target"), "target", ports=0, host=network) as machine:
        machine.start("-netdev", card, "-device", "virtio-net-pci,netdev=net0,id=card0,vectors=0,romfile=")
        nvme.bring_up(machine)
        machine.run(f"ip route add default via {nvme.gateway()}")
        yield Kernel(machine, disks=2)


@pytest.fixture
def follower(network):
    with daemon_module.Daemon(host=network) as made:
        yield made


def test_the_kernels_target_is_followed(target, follower):
    def remotes():
        shown = json.loads(follower.cli("list", "remote", "-o", "json"))["nvmeRemoteStates"]
        return {one["subnqn"]: sorted(path["address"] for path in one["paths"] if path["state"] == "LIVE")
                for one in shown if one.get("namespaces")}  # fmt: skip

    first, second = f"{GUEST}:{PORT}", f"{GUEST}:{PORT + 1}"
    assert target.nqn in follower.cli("discover", "-t", "tcp", "-a", GUEST, "-s", PORT)
    follower.cli("connect-all", first, "--persistent", "--id", "fabric0")
    wait_for(lambda: remotes() == {target.nqn: [first]}, "the subsystem")
    other = "nqn.2026-11.org.example:other"
    target.add_subsystem(other, "/dev/ram1")
    target.link(other, 1)
    wait_for(lambda: remotes() == {target.nqn: [first], other: [first]}, "the subsystem that was linked")
    target.open_port(2, PORT + 1)
    target.link(other, 2)
    wait_for(lambda: second not in str(remotes()), "only this port's", timeout=1)
    target.refer("more", GUEST, PORT + 1)
    wait_for(lambda: remotes().get(other) == [first, second], "the paths that the referral shows")
    target.unlink(other, 1)
    wait_for(lambda: remotes().get(other) == [second], "a path less")
    target.unrefer("more")
    wait_for(lambda: remotes() == {target.nqn: [first]}, "a subsystem less")
    follower.cli("delete", "discovery", "fabric0")
    assert remotes() == {}
