"""The programs a benchmark runs: ours, and the peer's. start() is the one place where a target is started."""

import base64
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OUTRIGGER_BUILD", PROJECT / "build" / "release"))
LOAD = BUILD / "tests" / "load" / "outrigger-load"
BLOCK_BENCH = BUILD / "src" / "block" / "block_bench"
WAKE_BENCH = BUILD / "tests" / "bench" / "wake_bench"
TARGET_CPU, LOAD_CPU = 0, 1
MIB = 1 << 20

sys.path.insert(0, str(PROJECT / "tests" / "vm"))
os.environ.setdefault("OUTRIGGERD", str(BUILD / "src" / "daemon" / "outriggerd"))
os.environ.setdefault("OUTRIGGER_CLI", str(BUILD / "src" / "cli" / "outrigger"))
import daemon as daemon_module  # noqa: E402  the tests' own way to run outriggerd


class BenchError(Exception):
    """Something that a measurement needs did not work."""


def on_cpu(cpu, *command):
    return ["taskset", "-c", str(cpu), *map(str, command)]


def wait_for(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise BenchError(f"{what} did not happen within {seconds} s")
        time.sleep(0.005)


class Outrigger:
    """outriggerd with one data core on TARGET_CPU, and its volumes and disks."""

    def __init__(self):
        self.daemon = daemon_module.Daemon()
        text = self.daemon.config_path.read_text()
        self.daemon.config_path.write_text(text.replace("data_count = 1", f"data = [{TARGET_CPU}]"))
        self.port_count = 0

    def start(self):
        try:
            self.daemon.start()
        except daemon_module.DaemonError:
            self.stop()
            raise
        return self

    @property
    def pid(self):
        return self.daemon.process.pid

    def volume(self, kind, name, mib=256, path=None, below=None, key_bits=256):
        """Creates a volume; blocks of 512 bytes unless it is to be encrypted."""
        if kind == "null":
            body = {"block_size": 512, "blocks_count": mib * MIB // 512}
        elif kind == "malloc":
            body = {"block_size": 4096 if below == "encrypt" else 512, "blocks_count": 0}
            body["blocks_count"] = mib * MIB // body["block_size"]
        elif kind == "aio":
            body = {"filename": str(path), "block_size": 512}
        else:
            key = base64.b64encode(bytes(range(key_bits // 4))).decode()
            body = {"volume_name_ref": below, "key": key, "cipher": f"ENCRYPTION_TYPE_AES_XTS_{key_bits}"}
        self.daemon.request("POST", f"/v1/{kind}Volumes?{kind}_volume_id={name}", body)

    def disk(self, name, volume):
        """A virtio-blk disk over `volume`; gives the path of its socket."""
        function, self.port_count = self.port_count, self.port_count + 1
        self.daemon.create_disk(name, volume, port=0, function=function)
        wait_for(lambda: pathlib.Path(self.daemon.device(name)["socket_path"]).exists(), 10, f"{name}'s socket")
        return self.daemon.device(name)["socket_path"]

    def stop(self):
        self.daemon.remove()


class StorageDaemon:
    """Debian's qemu-storage-daemon with one iothread on TARGET_CPU and one vhost-user-blk export."""

    def __init__(self, *blockdev):
        self.folder = tempfile.mkdtemp(prefix="outrigger-qsd-")
        self.socket = f"{self.folder}/disk.sock"
        self.log = open(f"{self.folder}/log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            on_cpu(TARGET_CPU, "qemu-storage-daemon", "--object", "iothread,id=io0",
                   *[word for device in blockdev for word in ("--blockdev", device)],
                   "--export", "type=vhost-user-blk,id=e0,node-name=n0,writable=on,num-queues=1,iothread=io0,"
                   f"addr.type=unix,addr.path={self.socket}"),
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)  # fmt: skip
        wait_for(lambda: os.path.exists(self.socket) or self.process.poll() is not None, 10, "the peer's socket")
        if self.process.poll() is not None:
            raise BenchError(f"qemu-storage-daemon ended: {pathlib.Path(self.log.name).read_text()}")

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.log.close()
        subprocess.run(["rm", "-rf", self.folder], check=True)


def start(name, *details):
    """Starts a target: "outrigger" (the daemon, empty) or "qsd" (with these --blockdev)."""
    return Outrigger().start() if name == "outrigger" else StorageDaemon(*details)


def load(socket_path, seconds, *options):
    """One run of the load generator; gives what it measured."""
    command = on_cpu(LOAD_CPU, LOAD, "--json", "--seconds", seconds, *options)
    if socket_path:
        command += ["--socket", str(socket_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return json.loads(done.stdout)


def ping_pong_ns():
    return load(None, 1, "--ping-pong", "--other-cpu", TARGET_CPU)["ping_pong_ns"]


def wake_us(silence_ms, samples):
    """The median time that a bare thread takes to wake after so much silence, in microseconds."""
    command = [WAKE_BENCH, TARGET_CPU, LOAD_CPU, silence_ms, samples]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)["p50_us"]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise BenchError(f"no VmRSS for {pid}")
