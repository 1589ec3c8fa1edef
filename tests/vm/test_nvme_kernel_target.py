"""Our NVMe/TCP host on Linux's own target in a guest: connecting, I/O that is compared, namespaces that come and go,
ANA, and a target that goes away and comes back."""

import contextlib
import json
import os
import queue
import subprocess
import threading

import pytest

import fio
import nvme
import qemu
from daemon import free_port, plain

PROBE = os.environ.get("NVME_HOST_PROBE", "")


class Probe:
    """nvme-host-probe, whose lines can be waited for."""

    def __init__(self, port, nqn, *words):
        command = [PROBE, "--addr", "127.0.0.1", "--port", str(port), "--nqn", nqn, *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        self.seen = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def next(self, event, timeout=qemu.DISK_SECONDS):
        """The next line that tells of `event`; others before it are kept in `seen`."""
        while True:
            try:
                line = self.lines.get(timeout=timeout)
            except queue.Empty:
                raise AssertionError(f"no {event} came; before: {self.seen}, ended: {self.process.poll()}") from None
            self.seen.append(line)
            if line["event"] == event:
                return line

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout=60)


@contextlib.contextmanager
def probing(port, nqn, *words):
    probe = Probe(port, nqn, *words)
    try:
        yield probe
    finally:
        probe.end()


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    port = free_port()
    with qemu.Machine(tmp_path_factory.mktemp("target"), "target", ports=0) as machine:
        machine.start(*nvme.cards(1, forward=[(port, 4420)]))
        nvme.bring_up(machine)
        made = nvme.KernelTarget(machine, disks=3)
        made.remove_namespace(3)
        made.host_port = port
        yield made


def nsids(line):
    return [space["nsid"] for space in line["namespaces"]]


@pytest.mark.parametrize("digests", [[], ["--header-digest"], ["--data-digest"], ["--header-digest", "--data-digest"]])
def test_what_is_written_is_read(target, digests, seed):
    with probing(target.host_port, target.nqn, "--verify", "8", "--seed", str(seed), *digests) as probe:
        live = probe.next("live")
        assert live["model"] == "Linux"
        assert nsids(live) == [1, 2]
        assert all(space["block_count"] * space["block_bytes"] == 64 << 20 for space in live["namespaces"])
        assert probe.next("verify")["ok"] and probe.next("verify")["ok"]
        assert probe.process.wait(timeout=60) == 0


def test_namespaces_come_and_go(target):
    with probing(target.host_port, target.nqn, "--stay") as probe:
        assert nsids(probe.next("live")) == [1, 2]
        target.add_namespace(3, "/dev/ram2")
        assert nsids(probe.next("namespaces")) == [1, 2, 3]
        target.remove_namespace(3)
        assert nsids(probe.next("namespaces")) == [1, 2]


def test_ana_states_are_heard(target):
    with probing(target.host_port, target.nqn, "--stay") as probe:
        assert [space["ana"] for space in probe.next("live")["namespaces"]] == [1, 1]
        target.set_ana_state(1, "inaccessible")
        assert [space["ana"] for space in probe.next("ana")["namespaces"]] == [3, 3]
        target.set_ana_state(1, "optimized")
        assert [space["ana"] for space in probe.next("ana")["namespaces"]] == [1, 1]


def test_it_stays_alive_and_comes_back(target):
    with probing(target.host_port, target.nqn, "--stay", "--keep-alive", "2000") as probe:
        probe.next("live")
        with pytest.raises(AssertionError):
            probe.next("down", timeout=8)
        target.close_port(1)
        probe.next("down")
        target.open_port(1, 4420)
        assert nsids(probe.next("live")) == [1, 2]


def test_a_target_that_falls_silent_is_noticed(target):
    with probing(target.host_port, target.nqn, "--stay", "--keep-alive", "2000") as probe:
        probe.next("live")
        target.machine.qmp.command("stop")
        try:
            assert "Keep Alive" in probe.next("down", timeout=30)["why"]
        finally:
            target.machine.qmp.command("cont")
        probe.next("live")


def test_a_subsystem_that_is_not_there(target):
    with probing(target.host_port, "nqn.2026-11.org.example:nothing", "--stay") as probe:
        with pytest.raises(AssertionError):
            probe.next("live", timeout=3)
        assert probe.end() == 1


def test_cores_share_a_queue(bench, target, seed):
    """A target that grants one I/O queue, two data cores, and a guest that keeps both at work."""
    target.machine.run(f"echo 1 > {target.home}/attr_qid_max")
    try:
        bench.daemon.cli("connect", f"127.0.0.1:{target.host_port}", "--nqn", target.nqn)
        state = bench.daemon.request("GET", "/v1/nvmeRemoteControllers/nvme0/state")
        assert plain(state["paths"][0])["io_queue_count"] == 1
        bench.daemon.create_disk("disk0", "nvme0n1")
        (disk,) = bench.machine.wait_disks(1)
        assert bench.daemon.device("disk0")["queue_count"] == 2
        for cpu in range(int(bench.machine.run("nproc"))):
            command = fio.verify_command(disk, size_mib=4, depth=16, seed=seed, extra=f"--cpus_allowed={cpu}")
            assert fio.result(bench.machine.run(command))["error"] == 0
        assert "LIVE" in bench.daemon.cli("list", "paths")
        bench.daemon.delete_disk("disk0")
        bench.machine.wait_disks(0)
        bench.daemon.cli("disconnect", "nvme0")
    finally:
        target.machine.run(f"echo 128 > {target.home}/attr_qid_max")
