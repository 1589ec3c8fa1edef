"""Debian's qemu-storage-daemon as a vhost-user-blk back end: proves the harness without our daemon."""

import pathlib
import subprocess
import time


class StorageDaemon:
    def __init__(self, folder, size_mib=64, queues=2):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket_path = self.folder / "peer.sock"
        self.file = self.folder / "peer.img"
        self.size_mib = size_mib
        self.queues = queues
        self.process = None

    def __enter__(self):
        with open(self.file, "wb") as file:
            file.truncate(self.size_mib << 20)
        self.process = subprocess.Popen(
            [
                "qemu-storage-daemon",
                "--blockdev", f"driver=file,node-name=disk,filename={self.file}",
                "--export", "type=vhost-user-blk,id=export,node-name=disk,writable=on,"
                f"addr.type=unix,addr.path={self.socket_path},num-queues={self.queues}",
            ],
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 10
        while not self.socket_path.exists():
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.__exit__()
                raise RuntimeError("qemu-storage-daemon did not start")
            time.sleep(0.02)
        return self

    def __exit__(self, *unused):
        if self.process:
            self.process.kill()
            self.process.wait(10)
