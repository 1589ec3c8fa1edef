"""NVMe/TCP: our target under a client, and under our own host, beside tcp-bare, which moves the same bytes over loopback
without any protocol.

Target on TARGET_CPU, client on LOAD_CPU, interleaved round by round. A row's note has, ours / bare: the 99th percentile,
and what an I/O costs each side in CPU time (both sides poll, so that the one that waits pays for waiting). Volumes in
memory are compared with tcp-bare over as much memory (--spread), which has the same cache misses; how they stand to
tcp-bare that always sends the same bytes is told too.
"""

import contextlib
import ctypes
import json
import os
import pathlib
import statistics
import subprocess
import time

import programs
from programs import ping_pong_ns

LOADS = programs.BUILD / "tests" / "load"
VOLUME_BYTES = 256 * programs.MIB
CELLS = [(kind, depth, 4096) for kind in ("read", "write") for depth in (1, 32, 128)]
CELLS += [("read", 32, 128 << 10), ("write", 32, 128 << 10)]
TLS_CELLS = [("read", 1, 4096), ("read", 32, 4096), ("write", 32, 4096), ("read", 32, 128 << 10), ("write", 32, 128 << 10)]
# What is asked of us, as a part of the bare bound: at depth 1 a round trip that is at most 15 % longer.
DEPTH_1_GOAL = 1 / 1.15
GOALS = {("read", 1, 4096): DEPTH_1_GOAL, ("write", 1, 4096): DEPTH_1_GOAL, ("read", 32, 4096): 0.85,
         ("read", 128, 4096): 0.85, ("write", 32, 4096): 0.80, ("write", 128, 4096): 0.80,
         ("read", 32, 128 << 10): 0.85}  # fmt: skip
# The 99th percentile of SPDK v26.05, its target and its client, in microseconds: memory, on this kind of machine, once, the
# best of its runs. There are no others.
SPDK_P99_US = {("read", 1, 4096): 15, ("read", 32, 4096): 76}
IDLE_CONTROLLERS, IDLE_SECONDS = 100, 20
CLONE_NEWNET = 0x40000000


@contextlib.contextmanager
def own_network():
    """A network namespace with nothing but loopback and a congestion control that does not pace: BBR, where a machine has
    it as its default, halves what goes over loopback at great depth, now and then, whoever sends. Where we may not have
    one the machine's own is used."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    setting = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control")
    is_own = libc.unshare(CLONE_NEWNET) == 0
    if is_own:
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            with contextlib.suppress(OSError):
                setting.write_text("reno")
        except (OSError, subprocess.CalledProcessError):
            libc.setns(before, CLONE_NEWNET)
            is_own = False
    print(f"NVMe/TCP: {'a network namespace of our own' if is_own else 'the machine as it is'}, "
          f"congestion control {setting.read_text().strip()}")  # fmt: skip
    try:
        yield
    finally:
        if is_own:
            libc.setns(before, CLONE_NEWNET)
        os.close(before)


def cpu_seconds(pid):
    """CPU time of all threads, in nanoseconds' resolution."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def context_switches(pid):
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            total += int(line.split()[1]) if "ctxt_switches" in line else 0
    return total


def run_json(command, seconds):
    done = subprocess.run([*map(str, command), "--json"], capture_output=True, text=True, timeout=seconds + 60, check=False)
    if done.returncode != 0:
        raise programs.BenchError(f"{command[0]}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def bare(kind, depth, size, seconds, spread=0):
    found = run_json([LOADS / "tcp-bare", "--rw", kind, "--depth", depth, "--bytes", size, "--seconds", seconds,
                      "--server-cpu", programs.TARGET_CPU, "--client-cpu", programs.LOAD_CPU, "--spread", spread],
                     seconds)  # fmt: skip
    found["target_cpu_us"] = found["server_cpu_us"]
    return found


class Target:
    """The target without the daemon, on one core or more, serving one namespace."""

    def __init__(self, *device, cores=(programs.TARGET_CPU,), spin_us=50):
        command = [LOADS / "nvme-tcp-target", *device, "--port", 0, "--cores", ",".join(map(str, cores)),
                   "--spin-us", spin_us]  # fmt: skip
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            self.process.kill()
            raise programs.BenchError(f"nvme-tcp-target did not start: {line!r}")
        self.port = int(line)

    @property
    def pid(self):
        return self.process.pid

    def command(self, program, kind, depth, size, seconds, cpu, *words):
        return [LOADS / program, "--port", self.port, f"--{kind}", "--qd", depth, "--bs", size, "--seconds", seconds,
                "--cpu", cpu, *words]  # fmt: skip

    def run(self, program, kind, depth, size, seconds, *words):
        before = cpu_seconds(self.pid)
        found = run_json(self.command(program, kind, depth, size, seconds, programs.LOAD_CPU, *words), seconds)
        found["target_cpu_us"] = (cpu_seconds(self.pid) - before) * 1e6 / max(1, found["io_count"])
        return found

    def fill(self):
        self.run("nvme-tcp-client", "write", 32, 65536, 1, "--fill")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.wait(10)


def bench_nvme(results, seconds, rounds):
    seconds = max(1, int(seconds))
    with own_network():
        for name, device in (("null", ["--null"]), ("memory", ["--memory", VOLUME_BYTES])):
            with Target(*device) as target:
                if name == "memory":
                    target.fill()
                for cell in CELLS:
                    compare(results, target, name, cell, seconds, rounds)
        bench_tls(results, seconds, rounds)
        bench_cores(results, seconds, rounds)
        bench_idle(results)


def compare(results, target, name, cell, seconds, rounds):
    kind, depth, size = cell
    spread = VOLUME_BYTES if name == "memory" else 0
    rows = {"client": [], "host": [], "bare": [], "one place": [], "near": []}
    for _ in range(rounds):
        rows["near"].append(ping_pong_ns())
        rows["client"].append(target.run("nvme-tcp-client", *cell, seconds))
        rows["bare"].append(bare(*cell, seconds, spread))
        rows["host"].append(target.run("nvme-host-load", *cell, seconds))
        if spread:
            rows["one place"].append(bare(*cell, seconds))
    goal = GOALS.get(cell)
    what = f"{name}, {kind} {size >> 10} KiB QD {depth}"
    peer = "bare TCP, as much memory" if spread else "bare TCP"
    report(results, f"NVMe/TCP target, {what}", rows, "client", "bare", peer, goal)
    report(results, f"NVMe/TCP host, {what}", rows, "host", "bare", peer, goal)
    if spread:
        report(results, f"NVMe/TCP target, {what}", rows, "client", "one place", "bare TCP, always the same bytes", None)
        report_tail(results, what, rows, SPDK_P99_US.get(cell))


def report_tail(results, what, rows, spdk_us):
    """The 99th percentile beside SPDK's, where there is one."""
    if spdk_us is not None:
        for who, ours in (("target", "client"), ("host", "host")):
            results.add(f"NVMe/TCP {who}, {what}, p99", "us", statistics.median(row["p99_us"] for row in rows[ours]),
                        "SPDK v26.05, another day", spdk_us, spdk_us, is_less_better=True,
                        ping_pong=statistics.median(rows["near"]))  # fmt: skip


def report(results, what, rows, ours, theirs, peer, goal):
    def medians(key, digits):
        both = (statistics.median(row[key] for row in rows[side]) for side in (ours, theirs))
        return " / ".join(f"{value:.{digits}f}" for value in both)

    pairs = [(a["iops"], b["iops"], near) for a, b, near in zip(rows[ours], rows[theirs], rows["near"], strict=True)]
    note = (f"p99 {medians('p99_us', 0)} us, CPU an I/O: target {medians('target_cpu_us', 2)}, "
            f"client {medians('client_cpu_us', 2)} us")  # fmt: skip
    results.add_pairs(what, "IOPS", pairs, peer, goal, note=note)


def bench_tls(results, seconds, rounds):
    """Our host and our target with TLS 1.3 (AES-GCM), beside the same two without."""
    with Target("--null") as plain, Target("--null", "--tls") as secret:
        for kind, depth, size in TLS_CELLS:
            rows = {"plain": [], "tls": [], "near": []}
            for _ in range(rounds):
                rows["near"].append(ping_pong_ns())
                rows["tls"].append(secret.run("nvme-host-load", kind, depth, size, seconds, "--tls"))
                rows["plain"].append(plain.run("nvme-host-load", kind, depth, size, seconds))
            report(results, f"NVMe/TCP TLS, null, {kind} {size >> 10} KiB QD {depth}", rows, "tls", "plain",
                   "the same without TLS", None)  # fmt: skip


def bench_cores(results, seconds, rounds):
    """Two data cores against one, on a machine whose two CPUs the clients need as well: so in CPU time of the target, with
    two connections and a client on each CPU both times. Twice the work in the same time an I/O is two times one core;
    whatever the cores do to each other (caches, locks, the kernel) makes an I/O cost more."""
    for name, device in (("null", ["--null"]), ("memory", ["--memory", VOLUME_BYTES])):
        for kind in ("read", "write"):
            pairs = []
            with Target(*device, spin_us=0) as one, Target(*device, cores=(0, 1), spin_us=0) as two:
                if name == "memory":
                    one.fill()
                    two.fill()
                for _ in range(rounds):
                    near = ping_pong_ns()
                    pairs.append((2 / cost_of_pair(two, kind, seconds), 1 / cost_of_pair(one, kind, seconds), near))
            results.add_pairs(f"two data cores by CPU time, {name}, {kind} 4 KiB QD 32", "M/s", pairs, "one core", 1.8)


def cost_of_pair(target, kind, seconds):
    """CPU microseconds of the target an I/O, with two clients."""
    commands = [target.command("nvme-tcp-client", kind, 32, 4096, seconds, cpu, "--yield", "--json")
                for cpu in (programs.LOAD_CPU, programs.TARGET_CPU)]  # fmt: skip
    before = cpu_seconds(target.pid)
    clients = [subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) for command in commands]
    count = sum(json.loads(client.communicate(timeout=seconds + 60)[0])["io_count"] for client in clients)
    return (cpu_seconds(target.pid) - before) * 1e6 / count


def bench_idle(results):
    """Controllers that are connected, each with an admin and an I/O queue, and only keep themselves alive."""
    with Target("--null") as target:
        command = [LOADS / "nvme-host-load", "--port", target.port, "--hold", IDLE_CONTROLLERS]
        with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as holder:
            try:
                if holder.stdout.readline() != "held\n":
                    raise programs.BenchError("nvme-host-load could not hold its controllers")
                time.sleep(1)
                before = [(cpu_seconds(pid), context_switches(pid)) for pid in (target.pid, holder.pid)]
                time.sleep(IDLE_SECONDS)
                after = [(cpu_seconds(pid), context_switches(pid)) for pid in (target.pid, holder.pid)]
            finally:
                holder.terminate()
    what = f"idle with {IDLE_CONTROLLERS} controllers"
    for name, (cpu, switches), (cpu_after, switches_after) in zip(("target", "host"), before, after, strict=True):
        results.add(f"NVMe/TCP {name}, {what}", "% CPU", 100 * (cpu_after - cpu) / IDLE_SECONDS, goal=1,
                    is_less_better=True)  # fmt: skip
        results.add(f"NVMe/TCP {name}, {what}, context switches", "1/s", (switches_after - switches) / IDLE_SECONDS)
