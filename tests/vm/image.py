"""The guest: Debian's kernel package and a small initramfs, made without root and kept in build/vm.

The initramfs holds busybox, fio, mkfs.ext4, e2fsck, blkdiscard and nvme of this machine, the virtio and NVMe/TCP modules
of the kernel package and guest_init.sh. Everything is named by a hash of what went into it, so a change makes a new one
and two builds of the same are the same bytes. A lock keeps tests that start at once from building it twice.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
CACHE = pathlib.Path(os.environ.get("OUTRIGGER_VM_CACHE", PROJECT / "build" / "vm"))

# In the order in which they are loaded. What the kernel has built in (ext4, PCI hot-plug) is not here.
MODULES = [
    "drivers/virtio/virtio_ring.ko",
    "drivers/virtio/virtio.ko",
    "drivers/virtio/virtio_pci_legacy_dev.ko",
    "drivers/virtio/virtio_pci_modern_dev.ko",
    "drivers/virtio/virtio_pci.ko",
    "drivers/block/virtio_blk.ko",
    "drivers/char/virtio_console.ko",
    "net/core/failover.ko",
    "drivers/net/net_failover.ko",
    "drivers/net/virtio_net.ko",
    "drivers/nvme/host/nvme-fabrics.ko",
    "drivers/nvme/host/nvme-tcp.ko",
]
# There for tests that load them: the kernel's own NVMe target.
MORE_MODULES = [
    "drivers/block/brd.ko",
    "fs/configfs/configfs.ko",
    "drivers/nvme/target/nvmet.ko",
    "drivers/nvme/target/nvmet-tcp.ko",
]
PROGRAMS = ["fio", "mkfs.ext4", "e2fsck", "blkdiscard", "nvme"]
PACKAGES = "busybox-static fio e2fsprogs util-linux nvme-cli qemu-system-x86 dpkg apt"


class ImageError(Exception):
    """The guest cannot be made; says what is missing and what to do."""


class Image:
    """A kernel and an initramfs, as paths."""

    def __init__(self, kernel, initramfs):
        self.kernel = kernel
        self.initramfs = initramfs


@contextlib.contextmanager
def lock(name):
    """One builder at a time, across processes."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def find_program(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not path:
        raise ImageError(f"{name} is missing; install the Debian packages {PACKAGES}")
    return os.path.realpath(path)


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise ImageError(f"{' '.join(map(str, command))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def package_name():
    """The kernel package of the present Debian, or None when apt has no lists."""
    if not shutil.which("apt-cache"):
        return None
    done = subprocess.run(["apt-cache", "depends", "linux-image-cloud-amd64"], capture_output=True, text=True,
                          check=False)  # fmt: skip
    found = re.search(r"Depends: (linux-image-\S+)", done.stdout)
    return found.group(1) if found else None


def kernel_package():
    """Path of the kernel's .deb: OUTRIGGER_VM_KERNEL, the one kept, or a new one from Debian's archive."""
    given = os.environ.get("OUTRIGGER_VM_KERNEL")
    if given:
        return pathlib.Path(given)
    kept = sorted(CACHE.glob("linux-image-*.deb"))
    if kept:
        return kept[-1]
    name = package_name()
    if not name and (os.geteuid() == 0 or shutil.which("sudo")):
        print("apt does not know Debian's kernels yet: apt-get update", flush=True)
        run([*([] if os.geteuid() == 0 else ["sudo"]), "apt-get", "update", "-q"])
        name = package_name()
    if not name:
        raise ImageError(
            "apt does not know linux-image-cloud-amd64: run `apt-get update` as root, or name a Debian kernel "
            "package with OUTRIGGER_VM_KERNEL=/path/to/linux-image-….deb"
        )
    with tempfile.TemporaryDirectory(dir=CACHE) as place:
        run(["apt-get", "download", "-q", name], cwd=place)
        for package in pathlib.Path(place).glob("*.deb"):
            return pathlib.Path(shutil.move(str(package), CACHE / package.name))
    raise ImageError(f"apt-get download {name} brought no package")


def libraries(program):
    """The shared libraries of a program and its loader: {path in the guest: path here}."""
    found = {}
    for line in run(["ldd", program]).splitlines():
        words = line.split()
        path = words[2] if "=>" in words and len(words) > 2 else words[0]
        if path.startswith("/"):
            found[path] = os.path.realpath(path)
    return found


class Archive:
    """A cpio archive in the kernel's format ("newc"), byte for byte the same for the same content."""

    def __init__(self, file):
        self.file = file
        self.inode = 0
        self.seen = set()

    def entry(self, name, mode, data=b"", device=(0, 0)):
        self.inode += 1
        name_bytes = name.encode() + b"\0"
        fields = [self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name_bytes), 0]
        header = b"070701" + b"".join(b"%08X" % field for field in fields)
        self.pad(header + name_bytes)
        self.pad(data)

    def pad(self, data):
        self.file.write(data)
        self.file.write(b"\0" * (-len(data) % 4))

    def directories(self, name):
        for parent in reversed(pathlib.PurePosixPath(name).parents[:-1]):
            if str(parent) not in self.seen:
                self.seen.add(str(parent))
                self.entry(str(parent), stat.S_IFDIR | 0o755)

    def add(self, name, data, mode=0o755):
        name = name.lstrip("/")
        if name in self.seen:
            return
        self.seen.add(name)
        self.directories(name)
        self.entry(name, stat.S_IFREG | mode, data)

    def close(self):
        self.entry("TRAILER!!!", 0)


def write_initramfs(path, module_root):
    files = {"/init": HERE / "guest_init.sh", "/bin/busybox": find_program("busybox")}
    for program in PROGRAMS:
        real = find_program(program)
        files[f"/usr/bin/{program}"] = real
        files.update(libraries(real))
    with open(path, "wb") as file:
        archive = Archive(file)
        archive.directories("dev/console")
        archive.entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
        for name in sorted(files):
            archive.add(name, pathlib.Path(files[name]).read_bytes())
        for module in MODULES + MORE_MODULES:
            archive.add(f"/modules/{pathlib.Path(module).name}", (module_root / module).read_bytes(), 0o644)
        order = " ".join(pathlib.Path(module).name for module in MODULES)
        archive.add("/modules/order", order.encode(), 0o644)
        archive.close()


def identity(package):
    """A name for everything that goes into the image."""
    digest = hashlib.sha256()
    for text in [package.name, str(package.stat().st_size), *MODULES, *MORE_MODULES, *PROGRAMS]:
        digest.update(text.encode() + b"\0")
    for path in [HERE / "image.py", HERE / "guest_init.sh"]:
        digest.update(path.read_bytes())
    for program in ["busybox", *PROGRAMS]:
        real = find_program(program)
        facts = os.stat(real)
        digest.update(f"{real} {facts.st_size} {facts.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


def unpack(package, place):
    """Unpacks the parts of the kernel package that we need; gives (kernel, folder of modules)."""
    root = place / "unpacked"
    root.mkdir()
    run(["dpkg-deb", "-x", str(package), str(root)])
    kernels = list((root / "boot").glob("vmlinuz-*"))
    modules = list((root / "lib" / "modules").glob("*/kernel"))
    if not kernels or not modules:
        raise ImageError(f"{package} is not a Debian kernel package: it has no /boot/vmlinuz-* or no modules")
    return kernels[0], modules[0]


def build():
    """The image, made now or earlier."""
    find_program("busybox")
    with lock("image"):
        package = kernel_package()
        home = CACHE / f"image-{identity(package)}"
        image = Image(home / "vmlinuz", home / "initramfs")
        if home.is_dir():
            return image
        for old in CACHE.glob("image-*"):
            shutil.rmtree(old, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
            place = pathlib.Path(temporary)
            kernel, modules = unpack(package, place)
            ready = place / "image"
            ready.mkdir()
            shutil.copy(kernel, ready / "vmlinuz")
            write_initramfs(ready / "initramfs", modules)
            os.rename(ready, home)
        return image


if __name__ == "__main__":
    made = build()
    print(made.kernel, made.initramfs, sep="\n")
