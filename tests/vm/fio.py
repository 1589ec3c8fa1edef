"""fio command lines for the guest, and what fio says."""

import json
import shlex


# Linux's NVMe/TCP host (6.1 at least) sends with the hands of the process that asks for the I/O, and not with MSG_NOSIGNAL:
# who writes in the moment in which a connection ends is killed by SIGPIPE, and its shell does not say so. That is no fault
# of what is tested here.
WITHOUT_SIGPIPE = "trap '' PIPE; "


# A disk that is not there any more is no file to be made in its place, which would stay.
NO_FILE = "--allow_file_create=0 "


def device(disk):
    """A name of a disk as a path; a path stays as it is."""
    return disk if "/" in disk else f"/dev/{disk}"


def verify_command(disk, size_mib=16, seconds=0, depth=8, block_size="4k", seed=1, extra=""):
    """Random writes that are read back and compared, block by block. With `seconds` it goes on for that long."""
    command = WITHOUT_SIGPIPE + f"fio --name=verify --filename={shlex.quote(device(disk))} --rw=randwrite "
    command += f"--bs={block_size} --iodepth={depth} --ioengine=libaio --direct=1 --size={size_mib}m --randseed={seed} --verify=crc32c --do_verify=1 "
    command += "--verify_fatal=1 --verify_dump=0 --verify_backlog=256 --thread --output-format=json "
    if seconds:
        command += f"--time_based --runtime={seconds} "
    if device(disk).startswith("/dev/"):
        command += NO_FILE
    return command + extra


def rate_command(disk, rw="randread", seconds=3, depth=16, block_size="4k", size_mib=16, extra=""):
    return WITHOUT_SIGPIPE + (
        f"fio --name=rate --filename={shlex.quote(device(disk))} --rw={rw} --bs={block_size} --iodepth={depth} "
        f"--ioengine=libaio --direct=1 --size={size_mib}m --time_based --runtime={seconds} --thread "
        f"--output-format=json {NO_FILE}{extra}"
    )


def start(machine, name, command):
    """The same fio again and again in the guest's background, each time with another seed: once at least, then until
    stop() or the first error."""
    machine.run(f"rm -f /tmp/{name}.stop")
    again = command.replace("--randseed=", "--randseed=${round}")
    ends = f"[ ! -e /tmp/{name}.stop ] || exit 0"
    fails = "{ echo \"fio ended with status $?\"; exit 1; }"
    machine.spawn(name, f"round=1; while true; do {again} || {fails}; {ends}; round=$((round + 1)); done")


def stop(machine, name):
    """Ends what start() began after its present round; gives its result()."""
    machine.run(f"touch /tmp/{name}.stop")
    status, output = machine.wait(name)
    found = result(output, status)
    found["error"] = found["error"] or status
    return found


def result(output, status=0):
    """What the jobs of fio's JSON, which may be there several times, have in sum (rates: of the last):
    {'error', 'read_iops', 'write_iops', 'read_bytes', 'write_bytes'}."""
    total = {"error": 0, "read_bytes": 0, "write_bytes": 0}
    decoder = json.JSONDecoder()
    start = output.find("{")
    if start < 0:
        raise ValueError(f"fio printed no result, its shell's status is {status}: {output[-500:]!r}")
    while start >= 0:
        run, end = decoder.raw_decode(output, start)
        for job in run["jobs"]:
            total["error"] = total["error"] or job["error"]
            for direction in ["read", "write"]:
                total[f"{direction}_iops"] = job[direction]["iops"]
                total[f"{direction}_bytes"] += job[direction]["io_bytes"]
        start = output.find("{", end)
    return total
