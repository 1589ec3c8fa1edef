"""The harness itself, against Debian's qemu-storage-daemon: when this fails, the fault is not our daemon's."""

import contextlib
import subprocess
import time

import pytest

import fio
import peer
import qemu
from daemon import orderly


def test_hot_plug_verify_unplug(folder, seed):
    with qemu.Machine(folder, ports=1) as machine, peer.StorageDaemon(folder) as backend:
        machine.start()
        machine.plug("disk0", backend.socket_path, bus="rp0")
        (disk,) = machine.wait_disks(1)
        assert fio.result(machine.run(fio.verify_command(disk, seed=seed)))["error"] == 0
        machine.unplug("disk0")
        machine.wait_disks(0)
        assert machine.io_errors() == ""


class StandingStill(qemu.Machine):
    """Its first boots never come to an end."""

    def __init__(self, folder, count):
        super().__init__(folder, ports=0)
        self.count = count

    def arguments(self, extra):
        self.count -= 1
        return super().arguments(extra) + (["-S"] if self.count >= 0 else [])


def test_a_boot_that_stands_still_is_tried_again(folder, monkeypatch, capfd):
    monkeypatch.setattr(qemu, "BOOT_SECONDS", [1, 300])
    with StandingStill(folder, 1) as machine:
        machine.start()
        assert machine.run("echo up").strip() == "up"
    assert "after 1 s: vm did not start" in capfd.readouterr().out


def test_a_machine_that_never_boots_fails(folder, monkeypatch):
    monkeypatch.setattr(qemu, "BOOT_SECONDS", [1, 1])
    with StandingStill(folder, 2) as machine, pytest.raises(qemu.GuestError, match="vm did not start: the guest gave no"):
        machine.start()
    assert not machine.is_alive()


@pytest.mark.parametrize("is_expected", [False, True])
@pytest.mark.parametrize("is_cut_short", [False, True])
def test_a_stop_that_comes_to_its_limit_is_noticed(folder, is_cut_short, is_expected):
    """A stop that says so before this one does not count."""
    log_path = folder / "log"
    says = f"echo 'warning {orderly.CUT_SHORT} 5 s'"
    last_words = says if is_cut_short else "echo done"
    program = f"{says}; trap \"{last_words}; exit 0\" TERM; echo ready; while :; do sleep 0.01; done"
    with open(log_path, "wb") as log, subprocess.Popen(["sh", "-c", program], stdout=log) as process:
        while "ready" not in log_path.read_text():
            time.sleep(0.01)
        outcome = contextlib.nullcontext() if is_cut_short == is_expected else pytest.raises(orderly.StopError)
        with outcome:
            assert orderly.stop(process, log_path, 30, is_cut_short=is_expected) == 0
