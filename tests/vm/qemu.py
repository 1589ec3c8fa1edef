"""Machine: a virtual machine whose guest runs commands for a test.

Each machine has a folder with its QMP socket, the agent's socket, the console's log and QEMU's own messages. It ends
only the process it started. Memory is shared (memfd), as vhost-user needs; hot-plug slots are root ports rp0, rp1, …
"""

import base64
import contextlib
import os
import pathlib
import shlex
import signal
import socket
import subprocess
import time

import accel
import image
import qmp

# How long each attempt to boot may take; an idle machine needs 5 s, a starved one many times that. More than one, since
# QEMU's emulation loses an interrupt in some boot of hundreds: a virtual CPU then waits for its timer for ever, before
# anything of ours is plugged in.
BOOT_SECONDS = [60, 120, 300]
CONNECT_SECONDS = 120

# A guest that is emulated on a machine that is busy with ten other things is slow, not broken: these are for what
# never comes, and cost nothing otherwise.
COMMAND_SECONDS = 300
WAIT_SECONDS = 600
DISK_SECONDS = 180


class GuestError(Exception):
    """A command in the guest failed or did not end."""


class NoAnswerError(GuestError):
    """The guest is there and says nothing."""


class Agent:
    """Runs commands in the guest over a virtio serial port; see guest_init.sh for the protocol."""

    def __init__(self, path):
        self.path = path
        self.socket = None
        self.received = b""
        self.number = 0

    def connect(self, timeout=CONNECT_SECONDS):
        deadline = time.monotonic() + timeout
        self.received = b""
        while True:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                self.socket.connect(str(self.path))
                return
            except OSError as error:
                self.socket.close()
                if time.monotonic() > deadline:
                    raise GuestError(f"{self.path}: {error}") from error
                time.sleep(0.02)

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None

    def read_answer(self, number, deadline, is_alive=lambda: True):
        while True:
            while b"\n" in self.received:
                line, self.received = self.received.split(b"\n", 1)
                words = line.decode("ascii", "replace").split()
                # Anything else is left over from a command that was given up, or noise.
                if len(words) >= 3 and words[0] == "R" and words[1] == str(number):
                    return int(words[2]), base64.b64decode(words[3] if len(words) > 3 else "")
            left = deadline - time.monotonic()
            if left <= 0 or not is_alive():
                raise NoAnswerError("the guest gave no answer in time") if left <= 0 else GuestError("QEMU ended")
            self.socket.settimeout(min(left, 1))
            with contextlib.suppress(TimeoutError):
                chunk = self.socket.recv(65536)
                if not chunk:
                    raise GuestError("QEMU closed the guest's port")
                self.received += chunk

    def send(self, command, timeout):
        self.number += 1
        text = base64.b64encode(command.encode()).decode()
        self.socket.settimeout(120)
        self.socket.sendall(f"{self.number} {max(1, int(timeout))} {text}\n".encode())
        return self.number


class Machine:
    def __init__(self, folder, name="vm", cpus=2, memory_mib=512, ports=4, incoming=None, host=None):
        """`host`: a net.Namespace to run in."""
        self.prefix = host.prefix() if host else []
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.cpus = cpus
        self.memory_mib = memory_mib
        self.ports = ports
        self.incoming = incoming
        self.process = None
        self.qmp = None
        self.guest = image.build()
        self.accel = accel.probe(self.guest)
        self.qmp_path = self.folder / f"{name}.qmp"  # for the daemon
        self.monitor_path = self.folder / f"{name}.mon"  # for the test itself
        self.console_path = self.folder / f"{name}.console"
        self.agent = Agent(self.folder / f"{name}.agent")

    def arguments(self, extra):
        cpu = "host" if self.accel == "kvm" else "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt"
        command = [*self.prefix, "qemu-system-x86_64", "-name", self.name, "-M", "q35", "-accel", self.accel, "-cpu", cpu]
        if self.accel == "tcg":
            command[command.index("tcg")] = "tcg,thread=multi"
        command += ["-smp", str(self.cpus), "-m", str(self.memory_mib), "-nodefaults", "-display", "none", "-no-reboot"]
        command += ["-object", f"memory-backend-memfd,id=ram,size={self.memory_mib}M,share=on"]
        command += ["-machine", "memory-backend=ram", "-kernel", str(self.guest.kernel)]
        command += ["-initrd", str(self.guest.initramfs)]
        # The kernel counts timer interrupts in a loop and panics when an emulated CPU had no turn in that time.
        command += ["-append", "console=ttyS0 panic=-1 quiet random.trust_cpu=on mitigations=off no_timer_check"]
        for port in range(self.ports):
            command += ["-device", f"pcie-root-port,id=rp{port},chassis={port + 1},port={port + 1}"]
        command += ["-chardev", f"file,id=console,path={self.console_path}", "-serial", "chardev:console"]
        command += ["-chardev", f"socket,id=agent,path={self.agent.path},server=on,wait=off"]
        command += ["-device", "virtio-serial-pci,max_ports=2", "-device", "virtserialport,nr=1,chardev=agent"]
        for path in [self.qmp_path, self.monitor_path]:
            command += ["-qmp", f"unix:{path},server=on,wait=off"]
        if self.incoming:
            command += ["-incoming", self.incoming]
        return command + list(extra)

    def start(self, *extra, wait=True):
        """Starts QEMU and, unless it waits for an incoming migration, the guest. Says so when a boot is tried again."""
        for seconds in BOOT_SECONDS:
            try:
                self.launch(extra)
                if wait and not self.incoming:
                    self.wait_ready(seconds)
                return self
            except Exception as error:
                failure = GuestError(f"{self.name} did not start: {error}\n{self.log_text()}")
                self.stop()
                if not isinstance(error, NoAnswerError):
                    raise failure from error
                print(f"-- after {seconds} s: {failure}", flush=True)
        raise failure

    def launch(self, extra):
        with open(self.folder / f"{self.name}.log", "wb") as log:
            self.process = subprocess.Popen(self.arguments(extra), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.agent.connect()
        self.qmp = qmp.Qmp(self.monitor_path, CONNECT_SECONDS)

    def wait_ready(self, timeout=BOOT_SECONDS[-1]):
        self.agent.read_answer(0, time.monotonic() + timeout, self.is_alive)

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def log_text(self):
        text = ""
        for path in [self.folder / f"{self.name}.log", self.console_path]:
            if path.exists():
                text += path.read_text(errors="replace")[-3000:]
        return text

    def stop(self):
        """Ends this machine's own process, whatever state it is in."""
        if self.qmp:
            self.qmp.close()
            self.qmp = None
        self.agent.close()
        if self.is_alive():
            self.process.send_signal(signal.SIGKILL)
        if self.process:
            self.process.wait(30)
            self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    # -- hot-plug by the test itself, for what the daemon's own plug does not offer

    def plug(self, name, socket_path, bus, queues=2, we_listen=False, **properties):
        """Plugs a vhost-user-blk disk whose back end listens at socket_path (or connects, with we_listen)."""
        data = {"addr": {"type": "unix", "data": {"path": str(socket_path)}}, "server": we_listen}
        data |= {"wait": False} if we_listen else {"reconnect": 1}
        self.qmp.command("chardev-add", id=f"{name}.socket", backend={"type": "socket", "data": data})
        properties |= {"num-queues": queues, "bus": bus, "chardev": f"{name}.socket"}
        self.qmp.command("device_add", driver="vhost-user-blk-pci", id=name, **properties)

    def unplug(self, name, timeout=DISK_SECONDS):
        self.qmp.command("device_del", id=name)
        self.qmp.wait_event("DEVICE_DELETED", device=name, timeout=timeout)
        self.qmp.command("chardev-remove", id=f"{name}.socket")

    # -- in the guest

    def run(self, command, timeout=COMMAND_SECONDS, check=True):
        """Runs a shell command in the guest; gives its output. Raises when its status is not 0 (and check)."""
        number = self.agent.send(command, timeout)
        status, output = self.agent.read_answer(number, time.monotonic() + timeout + 20, self.is_alive)
        text = output.decode(errors="replace")
        if check and status != 0:
            raise GuestError(f"in the guest: {command}\nstatus {status}\n{text}")
        return text

    def status(self, command, timeout=COMMAND_SECONDS):
        """The exit status of a shell command in the guest."""
        return int(self.run(f"( {command}\n) > /dev/null 2>&1; echo $?", timeout).strip())

    def spawn(self, name, command):
        """Starts a shell command in the guest's background; see wait()."""
        inner = f"({command}\n) > /tmp/{name}.out 2>&1; echo $? > /tmp/{name}.rc"
        self.run(f"rm -f /tmp/{name}.rc; setsid sh -c {shlex.quote(inner)} > /dev/null 2>&1 &")

    def is_running(self, name):
        return self.run(f"cat /tmp/{name}.rc 2>/dev/null || echo running").strip() == "running"

    def wait(self, name, timeout=WAIT_SECONDS):
        """Waits for a spawned command; gives (status, output)."""
        deadline = time.monotonic() + timeout
        while self.is_running(name):
            if time.monotonic() > deadline:
                output = self.run(f"tail -c 2000 /tmp/{name}.out", check=False)
                raise GuestError(f"{name} did not end within {timeout} s in the guest:\n{output}")
            time.sleep(0.2)
        return int(self.run(f"cat /tmp/{name}.rc").strip()), self.run(f"cat /tmp/{name}.out")

    def disks(self):
        """The virtio disks that the guest has now."""
        return self.run("cd /sys/block && ls -d vd* 2>/dev/null || true").split()

    def has_nodes(self, disks):
        """Whether /dev has them: the kernel makes a disk's node after it has shown the disk."""
        return not disks or self.status(" && ".join(f"test -b /dev/{disk}" for disk in disks)) == 0

    def wait_disks(self, count, timeout=DISK_SECONDS):
        """Waits until the guest has exactly `count` disks; gives their names."""
        deadline = time.monotonic() + timeout
        while len(found := self.disks()) != count or not self.has_nodes(found):
            if time.monotonic() > deadline:
                raise GuestError(f"the guest has disks {found}, not {count} of them, after {timeout} s")
            time.sleep(0.1)
        return found

    def bytes_of(self, disk):
        return int(self.run(f"cat /sys/block/{disk}/size").strip()) * 512

    def io_errors(self):
        """What the guest's kernel says about failed I/O; empty when all went well."""
        pattern = "I/O error|blk_update_request|Buffer I/O|EXT4-fs error|critical medium|timed out|hung"
        return self.run(f"dmesg | grep -E {shlex.quote(pattern)} || true").strip()


def is_pid_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
