"""make bench: how fast Outrigger is, beside Debian's qemu-storage-daemon on the same two cores at the same time, and
programs in P4 beside DPDK's SWX on one.

The target runs on CPU 0, the load on CPU 1. Runs are interleaved (A B A B …), medians count, and the time a cache line
takes between the cores stands beside each row: on shared machines two virtual CPUs are sometimes near and sometimes
far, which changes every figure here two- to threefold. OUTRIGGER_BENCH_SECONDS (1) is the length of a run,
OUTRIGGER_BENCH_ROUNDS (3) how often each is repeated, OUTRIGGER_BENCH_ONLY a comma-separated choice of null, memory,
file, encrypted, idle, ready, nvme (beside bare TCP), p4, tables (of the packet
plane). Results: build/bench/results.json.
"""

import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import nvme_tcp
import p4
import programs
import tables
from programs import MIB, load, ping_pong_ns, start
from results import Results, print_header

SECONDS = float(os.environ.get("OUTRIGGER_BENCH_SECONDS", "1"))
ROUNDS = int(os.environ.get("OUTRIGGER_BENCH_ROUNDS", "3"))
CELLS = [(kind, depth) for kind in ("randread", "randwrite") for depth in (1, 32, 128)]
PEER_NULL = f"null-co,node-name=n0,size={256 * MIB},read-zeroes=off"
SHM_FILE = pathlib.Path("/dev/shm/outrigger-bench")


@contextlib.contextmanager
def running(name, *details):
    """A target that is stopped at the end, whatever happens."""
    target = start(name, *details)
    try:
        yield target
    finally:
        target.stop()


def label(kind, depth):
    return f"{'read' if kind == 'randread' else 'write'} 4 KiB QD {depth}"


def run(socket_path, kind, depth):
    # Indirect descriptors, as guests use them: a ring of 128 then holds 128 I/Os.
    return load(socket_path, SECONDS, "--indirect", "--rw", kind, "--depth", depth)


def fill(socket_path):
    """Writes everything once, so that neither page faults nor pages of zeroes are what is measured: 2 s are enough for
    several times the 256 MiB of a volume."""
    load(socket_path, 2, "--rw", "write", "--depth", 32, "--bytes", 65536)


def pairs_of(ours, theirs):
    """Interleaved rounds of two measurements: (ours, theirs, ping-pong)."""
    rounds = []
    for _ in range(ROUNDS):
        near = ping_pong_ns()
        rounds.append((ours(), theirs(), near))
    return rounds


def bench_null(results):
    with running("outrigger") as ours, running("qsd", PEER_NULL) as peer:
        ours.volume("null", "null0")
        socket_path = ours.disk("disk0", "null0")
        for kind, depth in CELLS:
            pairs = pairs_of(lambda: run(socket_path, kind, depth)["iops"], lambda: run(peer.socket, kind, depth)["iops"])
            ratio = {1: 1.0, 32: None, 128: 1.8}[depth]
            results.add_pairs(f"null, {label(kind, depth)}", "IOPS", pairs, "qemu-storage-daemon null-co", ratio)
        latency = run(socket_path, "randread", 1)
        results.add("null, read 4 KiB QD 1, average latency", "us", latency["average_us"])
        results.add("null, read 4 KiB QD 1, p99 latency", "us", latency["p99_us"])


def local_memory():
    """The memory device without vhost, best of what its benchmark shows: (reads, writes) a second."""
    command = programs.on_cpu(programs.TARGET_CPU, programs.BLOCK_BENCH, min(SECONDS, 0.5))
    text = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    best = {"read": 0.0, "write": 0.0}
    for name, millions in re.findall(r"^malloc, random (read|write).*?([\d.]+) M/s$", text, re.MULTILINE):
        best[name] = max(best[name], float(millions) * 1e6)
    return best


def bench_memory(results):
    with running("outrigger") as ours:
        ours.volume("malloc", "memory0")
        socket_path = ours.disk("disk0", "memory0")
        fill(socket_path)
        rounds = [(ping_pong_ns(), local_memory(), {cell: run(socket_path, *cell)["iops"] for cell in CELLS})
                  for _ in range(ROUNDS)]  # fmt: skip
        for kind, depth in CELLS:
            what = kind.removeprefix("rand")
            ratio = {"read": 0.90, "write": 0.65}[what] if depth == 128 else None
            pairs = [(cells[(kind, depth)], local[what], near) for near, local, cells in rounds]
            results.add_pairs(f"memory, {label(kind, depth)}", "IOPS", pairs, "the memory device without vhost", ratio)


def bench_file(results):
    with open(SHM_FILE, "wb") as file:
        for _ in range(256):
            file.write(os.urandom(MIB))
    copies = {aio: SHM_FILE.with_suffix(f".{aio}") for aio in ("io_uring", "threads")}
    try:
        for copy in copies.values():
            copy.write_bytes(SHM_FILE.read_bytes())
        with contextlib.ExitStack() as stack:
            peers = {aio: stack.enter_context(running("qsd", f"file,node-name=n0,filename={copy},aio={aio}"))
                     for aio, copy in copies.items()}  # fmt: skip
            ours = stack.enter_context(running("outrigger"))
            ours.volume("aio", "file0", path=SHM_FILE)
            compare_files(results, ours.disk("disk0", "file0"), peers)
    finally:
        for path in (SHM_FILE, *copies.values()):
            path.unlink(missing_ok=True)


def compare_files(results, socket_path, peers):
    for kind, depth in CELLS:
        for aio, ratio in (("io_uring", 2.5), ("threads", 5.0)):
            pairs = pairs_of(lambda: run(socket_path, kind, depth)["iops"],
                             lambda: run(peers[aio].socket, kind, depth)["iops"])  # fmt: skip
            results.add_pairs(f"file in shm, {label(kind, depth)}, by {aio}", "IOPS", pairs,
                              f"qemu-storage-daemon file, {aio}", ratio if depth == 128 else None)  # fmt: skip


def bench_encrypted(results):
    with running("outrigger") as ours:
        for name in ("plain", "base128", "base256"):
            ours.volume("malloc", name, below="encrypt")
        plain = ours.disk("disk0", "plain")
        fill(plain)
        for bits in (128, 256):
            ours.volume("encrypted", f"secret{bits}", below=f"base{bits}", key_bits=bits)
            secret = ours.disk(f"disk{bits}", f"secret{bits}")
            fill(secret)
            compare_encrypted(results, bits, secret, plain)


def compare_encrypted(results, bits, secret, plain):
    for kind, depth in (("randwrite", 32), ("randwrite", 128), ("randread", 128)):
        pairs = pairs_of(lambda: run(secret, kind, depth)["iops"], lambda: run(plain, kind, depth)["iops"])
        ratio = 0.55 if (bits, kind, depth) == (128, "randwrite", 128) else None
        results.add_pairs(f"XTS-{bits}, {label(kind, depth)}", "IOPS", pairs, "the same, plain", ratio)


def bench_idle(results):
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(running("outrigger"))
        sockets = []
        for i in range(16):
            ours.volume("null", f"null{i}")
            sockets.append(ours.disk(f"disk{i}", f"null{i}"))
        for socket_path in sockets[1:]:
            stack.enter_context(held(socket_path))
        for silence_ms in (1, 20):
            bare_us = programs.wake_us(silence_ms, 100)
            after_idle = load(sockets[0], 1, "--idle-gap", silence_ms, "--samples", 100)
            results.add(f"first I/O after {silence_ms} ms of silence, median", "us", after_idle["p50_us"],
                        "a bare thread woken by an eventfd", bare_us, goal=50, is_less_better=True)  # fmt: skip
            results.add(f"first I/O after {silence_ms} ms of silence, p99", "us", after_idle["p99_us"])
        before, seconds = programs.cpu_seconds(ours.pid), max(5.0, SECONDS)
        time.sleep(seconds)
        percent = 100 * (programs.cpu_seconds(ours.pid) - before) / seconds
        results.add("idle with 16 disks, 15 connected", "% CPU", percent, goal=1, is_less_better=True)
        results.add("resident memory with 16 disks", "MiB", programs.resident_mib(ours.pid), goal=100,
                    is_less_better=True)  # fmt: skip


@contextlib.contextmanager
def held(socket_path):
    """A front end that is connected and silent."""
    command = [programs.LOAD, "--socket", socket_path, "--hold"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            if holder.stdout.readline() != "held\n":
                raise programs.BenchError(f"no front end could be held at {socket_path}")
            yield holder
        finally:
            holder.kill()


def bench_ready(results):
    with running("outrigger") as ours:
        for i in range(1000):
            ours.volume("null", f"null{i}", mib=1)
        report_ready(results, ours, "1,000 volumes")
    with running("outrigger") as ours, tempfile.TemporaryDirectory(prefix="outrigger-bench-") as folder:
        for i in range(1000):
            path = pathlib.Path(folder) / f"file{i}"
            path.touch()
            os.truncate(path, MIB)
            ours.volume("aio", f"file{i}", path=path)
        report_ready(results, ours, "1,000 volumes on files")


def report_ready(results, ours, what):
    """How long the daemon takes from its start until it is ready to serve what its store holds."""
    times = []
    for _ in range(ROUNDS):
        ours.daemon.terminate()
        began = time.monotonic()
        ours.daemon.start()
        times.append((time.monotonic() - began) * 1000)
    results.add(f"ready with {what} in the store", "ms", sorted(times)[len(times) // 2], goal=300, is_less_better=True)
    results.add(f"resident memory with {what}", "MiB", programs.resident_mib(ours.pid))


PARTS = {"null": bench_null, "memory": bench_memory, "file": bench_file, "encrypted": bench_encrypted,
         "idle": bench_idle, "ready": bench_ready, "tables": tables.bench_tables,
         "nvme": lambda results: nvme_tcp.bench_nvme(results, SECONDS, ROUNDS),
         "p4": lambda results: p4.bench_p4(results, ROUNDS)}  # fmt: skip


def main():
    chosen = [name for name in os.environ.get("OUTRIGGER_BENCH_ONLY", "").split(",") if name] or list(PARTS)
    if unknown := [name for name in chosen if name not in PARTS]:
        sys.exit(f"bench: {unknown[0]} is not a part; there are {', '.join(PARTS)}")
    if (os.cpu_count() or 1) < 2:
        sys.exit("bench: two CPUs are needed, one for the target and one for the load")
    results = Results()
    print(f"{SECONDS} s a run, {ROUNDS} rounds, medians; load average at the start: {os.getloadavg()[0]:.1f}")
    if os.getloadavg()[0] > 1:
        print("bench: the machine is busy with other work; the figures below will suffer from it")
    print_header()
    if chosen != ["p4"]:
        results.add("ceiling of the load generator, QD 128", "IOPS",
                    load(None, SECONDS, "--ceiling", "--depth", 128, "--other-cpu", programs.TARGET_CPU)["iops"],
                    ping_pong=ping_pong_ns())  # fmt: skip
    for name in chosen:
        PARTS[name](results)
    path = programs.PROJECT / "build" / "bench" / "results.json"
    results.write(path)
    print(f"\n{len(results.rows)} rows in {path.relative_to(programs.PROJECT)}; {len(results.failed)} goals missed")


if __name__ == "__main__":
    try:
        main()
    except (programs.BenchError, programs.daemon_module.DaemonError, programs.daemon_module.ApiError) as error:
        sys.exit(f"bench: {error}")
