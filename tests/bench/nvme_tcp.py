"""NVMe/TCP: our target beside tcp-bare, which moves the same bytes over loopback without any protocol.

Target on TARGET_CPU, client on LOAD_CPU, interleaved round by round. Beside operations a second stands what an I/O costs
the target in CPU time.
"""

import json
import subprocess

import programs
from programs import ping_pong_ns

LOADS = programs.BUILD / "tests" / "load"
CELLS = [(kind, depth, 4096) for kind in ("read", "write") for depth in (1, 32, 128)] + [("read", 32, 128 << 10)]
# What is asked of us, as a part of the bare bound.
GOALS = {("read", 1): 0.85, ("write", 1): 0.85, ("read", 32): 0.85, ("read", 128): 0.85, ("write", 32): 0.80,
         ("write", 128): 0.80}  # fmt: skip


def json_of(command, seconds):
    done = subprocess.run([*map(str, command), "--json"], capture_output=True, text=True, timeout=seconds + 60, check=False)
    if done.returncode != 0:
        raise programs.BenchError(f"{command[0]}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def bare(kind, depth, size, seconds):
    return json_of([LOADS / "tcp-bare", "--rw", kind, "--depth", depth, "--bytes", size, "--seconds", seconds,
                    "--server-cpu", programs.TARGET_CPU, "--client-cpu", programs.LOAD_CPU], seconds)  # fmt: skip


class Target:
    """The target without the daemon, on one core or more, serving one namespace."""

    def __init__(self, *device, cores=(programs.TARGET_CPU,)):
        command = [LOADS / "nvme-tcp-target", *device, "--port", 0, "--cores", ",".join(map(str, cores))]
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            self.process.kill()
            raise programs.BenchError(f"nvme-tcp-target did not start: {line!r}")
        self.port = int(line)

    def run(self, kind, depth, size, seconds, *words):
        before = programs.cpu_seconds(self.process.pid)
        found = json_of([LOADS / "nvme-tcp-client", "--port", self.port, f"--{kind}", "--qd", depth, "--bs", size,
                         "--seconds", seconds, "--cpu", programs.LOAD_CPU, *words], seconds)  # fmt: skip
        used = programs.cpu_seconds(self.process.pid) - before
        found["cpu_us"] = used * 1e6 / max(1, found["iops"] * seconds)
        return found

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.wait(10)


def bench_nvme(results, seconds, rounds):
    seconds = max(1, int(seconds))
    for name, device in (("null", ["--null"]), ("memory", ["--memory", 256 << 20])):
        with Target(*device) as target:
            if name == "memory":
                target.run("write", 32, 65536, 1, "--fill")
            for kind, depth, size in CELLS:
                compare(results, target, name, (kind, depth, size), seconds, rounds)


def compare(results, target, name, cell, seconds, rounds):
    kind, depth, size = cell
    pairs, costs = [], []
    for _ in range(rounds):
        near = ping_pong_ns()
        ours, theirs = target.run(*cell, seconds), bare(*cell, seconds)
        pairs.append((ours["iops"], theirs["iops"], near))
        costs.append((ours["cpu_us"], theirs["server_cpu_us"], near))
    what = f"NVMe/TCP {name}, {kind} {size >> 10} KiB QD {depth}"
    results.add_pairs(what, "IOPS", pairs, "bare TCP", GOALS.get((kind, depth)) if size == 4096 else None)
    results.add_pairs(f"{what}, CPU of the target", "us", costs, "bare TCP", is_less_better=True)
