"""NVMe over TCP in the guest: the kernel's host ("initiator") driven by nvme-cli, and the kernel's own target.

Guests reach this machine's loopback through QEMU's user networking: no root, no bridge. Each network card is a way of
its own, with an address of this machine in it, and its link can be cut from outside (Machine.qmp set_link).
"""

import json
import re
import shlex
import time

import qemu

HOST_ID = "2cd5a4d2-5a0e-4d67-9a0c-6f1b6f0e11{:02x}"
HOST_NQN = "nqn.2014-08.org.nvmexpress:uuid:" + HOST_ID


def cards(count=1, forward=()):
    """QEMU arguments for `count` network cards; `forward`: (port here, port in the guest, by which card; the first)."""
    words = []
    for index in range(count):
        net = f"user,id=net{index},net=10.0.{index + 2}.0/24"
        for here, there, *card in forward:
            if index == (card[0] if card else 0):
                net += f",hostfwd=tcp:127.0.0.1:{here}-10.0.{index + 2}.15:{there}"
        words += ["-netdev", net, "-device", f"virtio-net-pci,netdev=net{index},id=card{index},vectors=0,romfile="]
    return words


def gateway(index=0):
    """This machine's loopback, seen from the guest through card `index`."""
    return f"10.0.{index + 2}.2"


def bring_up(machine, count=1):
    for index in range(count):
        machine.run(f"ip addr add 10.0.{index + 2}.15/24 dev eth{index} && ip link set eth{index} up")
    machine.run("ip link set lo up")


def paths_of(disk):
    """What its paths are called below /sys/block, as a shell's pattern: Linux 6.1 counts the I/O of a multipath head there."""
    return re.sub(r"^nvme(\d+)n", r"nvme\1c*n", disk)


def any_of(disk):
    """What the kernel may call the disk when it complains of it: itself or one of its paths, as a regular expression."""
    return re.sub(r"^nvme(\d+)n", r"\\bnvme\1(c\\d+)?n", disk) + r"\b"


class Initiator:
    """The guest's NVMe host: connects to targets that listen on this machine's loopback."""

    def __init__(self, machine, number=1):
        self.machine = machine
        self.hostnqn = HOST_NQN.format(number)
        self.hostid = HOST_ID.format(number)

    def nvme(self, words, check=True, timeout=qemu.COMMAND_SECONDS):
        return self.machine.run(f"nvme {words}", timeout=timeout, check=check)

    def who(self):
        return f"--hostnqn={self.hostnqn} --hostid={self.hostid}"

    def connect(self, nqn, port, card=0, extra="", check=True):
        """Connects, gives the command's output."""
        words = f"connect -t tcp -a {gateway(card)} -s {port} -n {shlex.quote(nqn)} {self.who()} {extra} 2>&1"
        return self.nvme(words, check)

    def discover(self, port, card=0, extra=""):
        """The discovery log's records."""
        words = f"discover -t tcp -a {gateway(card)} -s {port} {self.who()} -o json {extra}"
        return json.loads(self.nvme(words))["records"]

    def disconnect(self, nqn, check=True):
        return self.nvme(f"disconnect -n {shlex.quote(nqn)}", check)

    def disks(self):
        """Names of the namespaces' block devices (multipath heads)."""
        return self.machine.run("cd /sys/block && ls -d nvme*n* 2>/dev/null | grep -v c || true").split()

    def wait_disks(self, count, timeout=qemu.DISK_SECONDS):
        deadline = time.monotonic() + timeout
        while len(found := self.disks()) != count or not self.machine.has_nodes(found):
            if time.monotonic() > deadline:
                raise qemu.GuestError(f"the guest has namespaces {found}, not {count} of them, after {timeout} s")
            time.sleep(0.1)
        return found

    def controllers(self):
        """{name: {'state', 'address'}} of all controllers."""
        found = {}
        listing = self.machine.run(
            "for c in /sys/class/nvme/nvme*; do [ -e $c/state ] && "
            "echo $(basename $c) $(cat $c/state) $(cat $c/address); done; true"
        )
        for line in listing.splitlines():
            name, state, address = line.split(None, 2)
            found[name] = {"state": state, "address": address}
        return found

    def listen(self):
        """From here on, every event of the kernel's is kept with its words: see heard()."""
        self.machine.run("rm -f /tmp/uevents; printf '#!/bin/sh\\nenv >> /tmp/uevents\\n' > /tmp/hear && chmod +x /tmp/hear")
        self.machine.spawn("listen", "busybox uevent /tmp/hear")

    def stop_listening(self):
        self.machine.run("busybox pkill -f 'busybox uevent' || true")

    def heard(self, words):
        """How often a line of those events was `words`."""
        return int(self.machine.run(f"grep -cx {shlex.quote(words)} /tmp/uevents 2> /dev/null || true").strip() or 0)

    def wait_state(self, state, count=1, timeout=qemu.DISK_SECONDS):
        """Waits until `count` controllers are in `state` ("live", "connecting")."""
        deadline = time.monotonic() + timeout
        while sum(one["state"] == state for one in self.controllers().values()) != count:
            if time.monotonic() > deadline:
                raise qemu.GuestError(f"not {count} controllers are {state}: {self.controllers()}")
            time.sleep(0.1)


class KernelTarget:
    """Linux's own NVMe/TCP target in a guest: a subsystem with memory disks, reachable at a port of this machine."""

    def __init__(self, machine, nqn="nqn.2026-11.org.example:kernel", disks=1, size_mib=64, port=4420):
        self.machine = machine
        self.nqn = nqn
        self.home = f"/sys/kernel/config/nvmet/subsystems/{nqn}"
        machine.run(
            f"insmod /modules/configfs.ko; insmod /modules/nvmet.ko; insmod /modules/nvmet-tcp.ko; "
            f"insmod /modules/brd.ko rd_nr={disks} rd_size={size_mib << 10}; "
            "mount -t configfs none /sys/kernel/config || true"
        )
        machine.run(f"mkdir {self.home} && echo 1 > {self.home}/attr_allow_any_host")
        for index in range(disks):
            self.add_namespace(index + 1, f"/dev/ram{index}")
        self.open_port(1, port)

    def add_namespace(self, nsid, path):
        place = f"{self.home}/namespaces/{nsid}"
        self.machine.run(f"mkdir {place} && echo -n {path} > {place}/device_path && echo 1 > {place}/enable")

    def file_of(self, nsid):
        return f"/tmp/space{nsid}"

    def add_file_namespace(self, nsid, size_mib):
        """In a file of the guest's memory, and so of a size that can change: see resize_file_namespace()."""
        self.machine.run(f"rm -f {self.file_of(nsid)} && truncate -s {size_mib}M {self.file_of(nsid)}")
        place = f"{self.home}/namespaces/{nsid}"
        # tmpfs knows no direct I/O.
        self.machine.run(f"mkdir {place} && echo -n {self.file_of(nsid)} > {place}/device_path && "
                         f"echo 1 > {place}/buffered_io && echo 1 > {place}/enable")  # fmt: skip

    def resize_file_namespace(self, nsid, size_mib):
        self.machine.run(f"truncate -s {size_mib}M {self.file_of(nsid)} && "
                         f"echo 1 > {self.home}/namespaces/{nsid}/revalidate_size")  # fmt: skip

    def show_namespace(self, nsid, is_shown):
        """Hides it from all hosts, or shows it as the one it was."""
        self.machine.run(f"echo {int(is_shown)} > {self.home}/namespaces/{nsid}/enable")

    def remove_namespace(self, nsid):
        self.machine.run(f"rmdir {self.home}/namespaces/{nsid}")

    def open_port(self, number, port, address="0.0.0.0"):
        place = f"/sys/kernel/config/nvmet/ports/{number}"
        self.machine.run(
            f"mkdir {place} && echo tcp > {place}/addr_trtype && echo ipv4 > {place}/addr_adrfam && "
            f"echo {address} > {place}/addr_traddr && echo {port} > {place}/addr_trsvcid && "
            f"ln -s {self.home} {place}/subsystems/"
        )

    def close_port(self, number):
        place = f"/sys/kernel/config/nvmet/ports/{number}"
        self.machine.run(f"rm {place}/subsystems/* && rmdir {place}")

    def set_ana_state(self, port, state, group=1):
        place = f"/sys/kernel/config/nvmet/ports/{port}/ana_groups/{group}"
        self.machine.run(f"echo {state} > {place}/ana_state")
