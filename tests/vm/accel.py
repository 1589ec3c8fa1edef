"""Which accelerator runs a guest here: KVM when it really does, software emulation otherwise.

/dev/kvm that opens proves nothing: on some nested machines a guest then hangs. So a guest is tried, first a boot
sector that says one byte, then the kernel itself, each with a time-out. The answer is kept until the next boot.
OUTRIGGER_VM_ACCEL=kvm or tcg decides without trying.
"""

import hashlib
import os
import pathlib
import subprocess

import image

# mov dx, 0xf4; mov al, 0x10; out dx, al; hlt. QEMU's debug-exit device ends with status 0x10 * 2 + 1.
BOOT_SECTOR = bytes.fromhex("baf400b010eef4ebfd").ljust(510, b"\0") + b"\x55\xaa"
BOOT_SECTOR_STATUS = 0x21
SECTOR_SECONDS = 2
KERNEL_SECONDS = 10


def kvm_runs_sector(folder):
    sector = folder / "kvm-probe.img"
    sector.write_bytes(BOOT_SECTOR)
    command = ["qemu-system-x86_64", "-accel", "kvm", "-M", "pc", "-m", "16", "-nodefaults", "-display", "none"]
    command += ["-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=1"]
    command += ["-drive", f"file={sector},format=raw,if=ide"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECTOR_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == BOOT_SECTOR_STATUS


def kvm_boots_kernel(guest):
    command = ["qemu-system-x86_64", "-accel", "kvm", "-cpu", "host", "-M", "q35", "-m", "512", "-nodefaults"]
    command += ["-display", "none", "-no-reboot", "-serial", "stdio", "-kernel", str(guest.kernel)]
    command += ["-initrd", str(guest.initramfs), "-append", "console=ttyS0 panic=-1 no_timer_check outrigger.probe"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=KERNEL_SECONDS, check=False,
                              stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return False
    return b"init: probe ok" in done.stdout


def probe(guest):
    """'kvm' or 'tcg'."""
    given = os.environ.get("OUTRIGGER_VM_ACCEL")
    if given:
        return given
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
    key = hashlib.sha256(f"{boot} {guest.kernel}".encode()).hexdigest()[:16]
    with image.lock("accel"):
        kept = image.CACHE / "accel"
        if kept.exists() and kept.read_text(encoding="ascii").startswith(key):
            return kept.read_text(encoding="ascii").split()[1]
        answer = "kvm" if kvm_runs_sector(image.CACHE) and kvm_boots_kernel(guest) else "tcg"
        kept.write_text(f"{key} {answer}\n", encoding="ascii")
        return answer
