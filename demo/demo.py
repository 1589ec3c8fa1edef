#!/usr/bin/env python3
"""The demonstration: a virtual machine finds, formats and hammers a disk that Outrigger serves, Outrigger is killed in
the middle, and the VM carries on. Everything happens in a temporary folder and is gone afterwards.

Then the same over a network: a storage node, an IPU and a host, each in a network namespace of its own, with two cables
of which one after the other is cut (fabric.py).

    make demo            after the build under five minutes; the last line is `demo: passed`, or `demo: failed`
"""

import contextlib
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "vm"))

# pylint: disable=wrong-import-position
import accel  # noqa: E402
import daemon as daemon_module  # noqa: E402
import fabric  # noqa: E402
import fio  # noqa: E402
import image  # noqa: E402
import net  # noqa: E402
import qemu  # noqa: E402

KILLS = 3
VOLUME_MIB = 256
MOUNT = "/mnt"


class Failed(Exception):
    """Something is not as promised."""


def expect(condition, words):
    if not condition:
        raise Failed(words)


class Report:
    """Shows what happens while it happens, and what came of it at the end."""

    def __init__(self):
        self.start = time.monotonic()
        self.facts = []
        self.number = 0

    @contextlib.contextmanager
    def step(self, words):
        self.number += 1
        start = time.monotonic()
        print(f"[{self.number:2}] {words} …", flush=True)
        yield lambda note: print(f"       {note}", flush=True)
        print(f"       done in {time.monotonic() - start:.1f} s", flush=True)

    def fact(self, name, value):
        self.facts.append((name, value))

    def print(self):
        print("\nWhat was seen")
        for name, value in self.facts:
            print(f"  {name:<34} {value}")
        print(f"  {'time':<34} {time.monotonic() - self.start:.0f} s\n")


class Demo:
    def __init__(self, stack):
        self.report = Report()
        self.chance = random.Random(7)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="outrigger-demo-"))
        stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.daemon = daemon_module.Daemon(cores=1, folder=self.folder)
        stack.callback(self.daemon.kill)
        self.machine = None
        self.stack = stack
        self.disk = None  # its name in the API
        self.device = None  # its name in the guest
        self.fabric = None

    def outrigger(self, *words):
        """Runs the command line as a person would, and shows it."""
        print(f"       $ outrigger {' '.join(words)}", flush=True)
        return self.daemon.cli(*words)

    def prepare(self):
        with self.report.step("the guest: Debian's kernel and a small initramfs") as note:
            guest = image.build()
            kind = accel.probe(guest)
            note("KVM runs guests here" if kind == "kvm" else "no KVM that runs guests here: software emulation")
            self.report.fact("virtual machine", "KVM" if kind == "kvm" else "software emulation (TCG)")

    def start(self):
        with self.report.step("outriggerd starts") as note:
            start = time.monotonic()
            self.daemon.start()
            note(f"ready after {(time.monotonic() - start) * 1000:.0f} ms")
        with self.report.step(f"a volume of {VOLUME_MIB} MiB in a file"):
            file = self.folder / "bdev1.img"
            file.touch()
            os.truncate(file, VOLUME_MIB << 20)
            self.outrigger("create", "volume", "bdev1", "--kind", "aio", "--file", str(file))
        with self.report.step("a virtual machine boots"):
            self.machine = qemu.Machine(self.folder, ports=2)
            self.stack.callback(self.machine.stop)
            self.machine.start()

    def plug(self):
        with self.report.step("the disk is plugged into the running machine") as note:
            self.outrigger("add", "host", "host1", "--port", "0", "--qmp", str(self.machine.qmp_path))
            expect(not self.machine.disks(), "the guest has a disk before it got one")
            start = time.monotonic()
            self.outrigger("create", "disk", "host1", "virtio-blk", "100KIOPS", "bdev1")
            (self.device,) = self.machine.wait_disks(1)
            note(f"the guest found /dev/{self.device} {time.monotonic() - start:.1f} s later")
            sectors = int(self.machine.run(f"cat /sys/block/{self.device}/size"))
            expect(sectors * 512 == VOLUME_MIB << 20, f"the guest sees {sectors} sectors")
            devices = self.daemon.request("GET", "/v1/devices")["devices"]
            expect(len(devices) == 1 and devices[0]["state"] == "PLUGGED", f"the daemon says {devices}")
            self.disk = devices[0]["name"].split("/")[-1]

    def use(self):
        with self.report.step("a file system, files, and fio with verification of every block") as note:
            self.machine.run(f"mkfs.ext4 -q /dev/{self.device} && mount /dev/{self.device} {MOUNT}", 120)
            self.machine.run(f"dd if=/dev/urandom of={MOUNT}/file bs=1M count=16 2> /dev/null && sync")
            self.machine.run(f"md5sum {MOUNT}/file > /tmp/sum")
            command = fio.verify_command(f"{MOUNT}/fio", size_mib=32, depth=16, seed=self.chance.randrange(1 << 30))
            result = self.fio(command)
            note(f"{result['write_bytes'] >> 20} MiB written, read back and compared")

    def fio(self, command, timeout=200):
        result = fio.result(self.machine.run(command, timeout))
        expect(result["error"] == 0, f"fio reports error {result['error']}")
        return result

    def measure(self, seconds=5):
        command = fio.rate_command(f"{MOUNT}/fio", "randrw", seconds=seconds, depth=32, size_mib=32)
        result = self.fio(command)
        return result["read_iops"] + result["write_iops"]

    def measure_limited(self, limit, free):
        """The rate under a limit: never more, and close to it. A machine that was busy with something else may try
        again, but only for "close to it"."""
        for _ in range(3):
            rate = self.measure()
            expect(rate <= limit * 1.05, f"{rate:.0f} operations per second at a limit of {limit}")
            if rate >= limit * 0.9:
                break
        expect(rate >= min(limit * 0.9, free * 0.5), f"only {rate:.0f} operations per second at a limit of {limit}")
        return rate

    def limits(self):
        with self.report.step("the rate limit holds") as note:
            free = self.measure(3)
            note(f"limit 100,000 per second: {free:,.0f} operations per second" +
                 ("" if free > 90_000 else " (as much as this virtual machine can ask for)"))  # fmt: skip
            expect(free <= 105_000, "more than the limit")
            self.report.fact("at the limit of 100 KIOPS", f"{free:,.0f} IOPS")
            for limit, words in [(2000, "2KIOPS"), (1000, "1KIOPS")]:
                self.outrigger("update", "disk", self.disk, words)
                rate = self.measure_limited(limit, free)
                note(f"limit {limit:,} per second: {rate:,.0f} operations per second")
                self.report.fact(f"at the limit of {words}", f"{rate:,.0f} IOPS")
            self.outrigger("update", "disk", self.disk, "100KIOPS")

    def kill(self):
        with self.report.step(f"outriggerd is killed with -9 during I/O, {KILLS} times") as note:
            command = fio.verify_command(f"{MOUNT}/fio", size_mib=8, depth=16, seed=self.chance.randrange(1 << 20))
            before = self.completed()
            fio.start(self.machine, "load", command)
            self.wait_progress(before + 50)
            for number in range(KILLS):
                time.sleep(self.chance.uniform(0.5, 1.5))
                expect(self.machine.is_running("load"), "fio ended before it should")
                self.daemon.kill()
                before = self.completed()
                start = time.monotonic()
                time.sleep(self.chance.uniform(0, 1))
                self.daemon.start()
                self.wait_progress(before)
                note(f"kill {number + 1}: after {time.monotonic() - start:.1f} s the guest's I/O goes on")
            result = fio.stop(self.machine, "load")
            expect(result["error"] == 0, f"fio reports error {result['error']}")
            written = result["write_bytes"] >> 20
            note(f"fio: {written} MiB written and verified, no error")
            errors = self.machine.io_errors()
            expect(errors == "", f"the guest's kernel reports: {errors}")
            self.machine.run("echo 3 > /proc/sys/vm/drop_caches && md5sum -c /tmp/sum")
            self.report.fact("kill -9 during I/O", f"{KILLS} times, no I/O error, {written} MiB verified")

    def completed(self):
        """Reads and writes that the guest's kernel saw completed."""
        fields = self.machine.run(f"cat /sys/block/{self.device}/stat").split()
        return int(fields[0]) + int(fields[4])

    def wait_progress(self, before):
        deadline = time.monotonic() + 120
        while self.completed() <= before:
            expect(time.monotonic() < deadline, "the guest's I/O does not go on")
            time.sleep(0.05)

    def unplug(self):
        with self.report.step("the disk is unplugged; everything is cleaned up") as note:
            self.machine.run(f"umount {MOUNT} && e2fsck -fn /dev/{self.device}", 120)
            note("the file system is clean")
            self.outrigger("get", "disk", self.disk)
            self.outrigger("delete", "disk", self.disk)
            self.machine.wait_disks(0)
            self.outrigger("delete", "volume", "bdev1")
            self.outrigger("delete", "host", "host1")
            for kind in ["devices", "hosts"]:
                expect(not self.daemon.request("GET", f"/v1/{kind}").get(kind), f"{kind} are left")
            left = [path.name for path in (self.folder / "run").glob("*.sock")]
            expect(not left, f"sockets are left: {left}")
            expect(self.machine.io_errors() == "", self.machine.io_errors())
            expect(self.daemon.terminate() == 0, "outriggerd did not end in order")
            self.machine.stop()

    def run(self):
        self.prepare()
        self.start()
        self.plug()
        self.use()
        self.limits()
        self.kill()
        self.unplug()
        self.fabric = fabric.Fabric(self.stack, self.report, expect)
        self.fabric.run()
        self.report.print()

    def explain(self):
        """What a person needs to find out why."""
        print("\n-- the end of outriggerd's log\n" + self.daemon.log_text())
        if self.machine:
            print("-- the end of the virtual machine's console and log\n" + self.machine.log_text())
        if self.fabric:
            self.fabric.explain()


def interrupt(number, frame):
    del number, frame
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, interrupt)
    try:
        image.build()  # first: apt fetches no kernel for the root of a user namespace
        net.enter()
    except (image.ImageError, net.NetError) as error:
        print(f"It failed: {error}\ndemo: failed", flush=True)
        return 1
    passed = False
    with contextlib.ExitStack() as stack:
        demo = None
        try:
            demo = Demo(stack)
            demo.run()
            passed = True
        except KeyboardInterrupt:
            print("\ninterrupted")
        except (Failed, qemu.GuestError, daemon_module.DaemonError, daemon_module.ApiError, image.ImageError,
                net.NetError) as error:
            if demo:
                demo.explain()
            print(f"\nIt failed: {error}")
        except Exception:  # pylint: disable=broad-exception-caught
            if demo:
                demo.explain()
            traceback.print_exc()
    sys.stderr.flush()
    print("demo: passed" if passed else "demo: failed", flush=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
