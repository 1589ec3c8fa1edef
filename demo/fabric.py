"""The picture of the seeds: a storage node, an IPU and a host with a virtual machine, each with an outriggerd or QEMU of its
own in a network namespace of its own, and two cables between storage node and IPU.

    storage node                      IPU                         host
    outriggerd, volumes  ==NVMe/TCP== outriggerd, virtio-blk  --- QEMU, Linux, fio

One cable is cut while fio writes and verifies, then mended, then the other one is cut; the storage node is killed with -9
and comes back. Nothing is lost, and the VM sees no error.
"""

import os
import tempfile
import time
import pathlib
import shutil

import daemon as daemon_module
import fio
import net
import qemu

NQN = "nqn.2026-11.org.outrigger:demo"
VOLUME_MIB = 64


class Fabric:
    def __init__(self, stack, report, expect):
        self.report = report
        self.expect = expect
        self.stack = stack
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="or-fabric-"))
        stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.hosts = {name: net.Namespace(name) for name in ("storage", "ipu", "host")}
        for host in self.hosts.values():
            stack.callback(host.close)
        self.cables = [net.Cable(self.hosts["storage"], self.hosts["ipu"], number) for number in (1, 2)]
        self.storage = self.daemon("storage")
        self.ipu = self.daemon("ipu")
        self.machine = None
        self.device = None

    def daemon(self, name):
        folder = self.folder / name
        folder.mkdir()
        made = daemon_module.Daemon(cores=1, folder=folder, host=self.hosts[name])
        self.stack.callback(made.kill)
        return made

    def outrigger(self, where, *words):
        """Runs the command line as a person on that machine would, and shows it."""
        print(f"       {where}$ outrigger {' '.join(words)}", flush=True)
        return getattr(self, where).cli(*words)

    def serve(self):
        with self.report.step("the storage node serves a volume over NVMe/TCP, at two addresses"):
            self.storage.start()
            file = self.folder / "volume.img"
            file.touch()
            os.truncate(file, VOLUME_MIB << 20)
            self.outrigger("storage", "create", "volume", "disk1", "--kind", "aio", "--file", str(file))
            self.outrigger("storage", "create", "subsystem", "shelf1", "--nqn", NQN)
            for number, cable in enumerate(self.cables, 1):
                self.outrigger("storage", "create", "controller", f"addr{number}", "--subsystem", "shelf1",
                               "--address", cable.addresses[0])  # fmt: skip
            self.outrigger("storage", "create", "namespace", "space1", "--subsystem", "shelf1", "--volume", "disk1")

    def connect(self):
        with self.report.step("the IPU connects over both cables") as note:
            self.ipu.start()
            for cable in self.cables:
                self.outrigger("ipu", "connect", cable.addresses[0], "--nqn", NQN, "--id", "shelf1")
            # A second of silence is enough here to give a path up; writes that it did not answer wait two more (decision
            # 0012).
            self.outrigger("ipu", "update", "nvmeRemoteControllerOptions", "shelf1", "keep_alive_ms=1000")
            self.wait(self.both_live, "both paths are live")
            self.wait(lambda: "shelf1n1" in self.ipu.cli("list", "volumes"), "the volume appears at the IPU")
            note("the storage node's namespace is the volume shelf1n1 of the IPU")

    def plug(self):
        with self.report.step("a virtual machine on the host boots and gets it as a virtio-blk disk"):
            self.machine = qemu.Machine(self.folder, "guest", ports=2, host=self.hosts["host"])
            self.stack.callback(self.machine.stop)
            self.machine.start()
            self.expect(len(self.networks()) == 4, "storage node, IPU and host have a network each, and none is this machine's")
            self.outrigger("ipu", "add", "host", "host1", "--port", "0", "--qmp", str(self.machine.qmp_path))
            self.outrigger("ipu", "create", "disk", "host1", "virtio-blk", "shelf1n1")
            (self.device,) = self.machine.wait_disks(1)

    def networks(self):
        """The network namespaces of the three roles and of this program."""
        roles = [self.storage.process.pid, self.ipu.process.pid, self.machine.process.pid, os.getpid()]
        return {os.readlink(f"/proc/{pid}/ns/net") for pid in roles}

    def break_things(self):
        with self.report.step("fio writes and verifies while cables are cut and the storage node dies") as note:
            fio.start(self.machine, "load", fio.verify_command(self.device, size_mib=16, seed=3))
            for number, cable in enumerate(self.cables, 1):
                time.sleep(1)
                cable.cut()
                pause = self.pause()
                self.expect(not self.both_live(), f"the path over cable {number} is given up")
                note(f"cable {number} is cut: the VM's I/O pauses {pause:.1f} s and goes on over the other one")
                cable.mend()
                self.wait(self.both_live, "both paths are live again")
            start = time.monotonic()
            self.storage.restart_after_kill(away=0.5)
            self.wait_progress()
            note(f"the storage node is killed with -9 and started again: {time.monotonic() - start:.1f} s later it goes on")
            result = fio.stop(self.machine, "load")
            self.expect(result["error"] == 0, f"fio reports error {result['error']}")
            self.expect(self.machine.io_errors() == "", self.machine.io_errors())
            written = result["write_bytes"] >> 20
            note(f"fio: {written} MiB written, read back and compared; the guest's kernel saw no error")
            self.report.fact("two cables cut, storage killed", f"no I/O error, {written} MiB verified")

    def completed(self):
        fields = self.machine.run(f"cat /sys/block/{self.device}/stat").split()
        return int(fields[0]) + int(fields[4])

    def wait_progress(self):
        before = self.completed()
        self.wait(lambda: self.completed() > before + 100, "the guest's I/O goes on")

    def pause(self):
        """Waits until I/O goes on after a cut; gives how long that took."""
        start = time.monotonic()
        time.sleep(0.3)  # what was on its way
        self.wait_progress()
        return time.monotonic() - start

    def both_live(self):
        return self.ipu.cli("list", "paths").count("LIVE") == 2

    def wait(self, condition, what, seconds=120):
        deadline = time.monotonic() + seconds
        while not condition():
            self.expect(time.monotonic() < deadline, f"within {seconds} s: {what}")
            time.sleep(0.1)

    def run(self):
        self.serve()
        self.connect()
        self.plug()
        self.break_things()
        self.machine.stop()

    def explain(self):
        for name in ("storage", "ipu"):
            print(f"\n-- the end of outriggerd's log: {name}\n" + getattr(self, name).log_text())
        if self.machine:
            print("-- the end of the virtual machine's console and log\n" + self.machine.log_text())
