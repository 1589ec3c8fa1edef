"""fio command lines for the guest, and what fio says."""

import json
import shlex


def device(disk):
    """A name of a disk as a path; a path stays as it is."""
    return disk if "/" in disk else f"/dev/{disk}"


def verify_command(disk, size_mib=16, seconds=0, depth=8, block_size="4k", seed=1, extra=""):
    """Random writes that are read back and compared, block by block. With `seconds` it goes on for that long."""
    command = f"fio --name=verify --filename={shlex.quote(device(disk))} --rw=randwrite --bs={block_size} --iodepth={depth} "
    command += f"--ioengine=libaio --direct=1 --size={size_mib}m --randseed={seed} --verify=crc32c --do_verify=1 "
    command += "--verify_fatal=1 --verify_dump=0 --verify_backlog=256 --thread --output-format=json "
    if seconds:
        command += f"--time_based --runtime={seconds} "
    return command + extra


def rate_command(disk, rw="randread", seconds=3, depth=16, block_size="4k", size_mib=16, extra=""):
    return (
        f"fio --name=rate --filename={shlex.quote(device(disk))} --rw={rw} --bs={block_size} --iodepth={depth} "
        f"--ioengine=libaio --direct=1 --size={size_mib}m --time_based --runtime={seconds} --thread "
        f"--output-format=json {extra}"
    )


def result(output):
    """The one job of fio's JSON: {'error', 'read_iops', 'write_iops', 'read_bytes', 'write_bytes'}."""
    start = output.find("{")
    if start < 0:
        raise ValueError(f"fio printed no result: {output[-500:]}")
    job = json.loads(output[start : output.rindex("}") + 1])["jobs"][0]
    return {
        "error": job["error"],
        "read_iops": job["read"]["iops"],
        "write_iops": job["write"]["iops"],
        "read_bytes": job["read"]["io_bytes"],
        "write_bytes": job["write"]["io_bytes"],
    }
