"""What the VM tests share: one daemon and one machine for all tests that leave both as they found them.

Replay a failure with the command that it prints.
"""

import os
import pathlib
import random
import shlex
import shutil
import sys
import tempfile

import pytest

import daemon as daemon_module
import image
import qemu

PORTS = 17


def pytest_configure(config):
    config.addinivalue_line("markers", "vm: needs QEMU")


# What a test depends on beside its own words.
REPLAYED = ["OUTRIGGERD", "OUTRIGGER_CLI", "NVME_HOST_PROBE"]


def replay_command(item, seed=None):
    """What runs this one test again, from any folder, with the same programs and settings."""
    names = [*REPLAYED, *sorted(name for name in os.environ if name.startswith("OUTRIGGER_VM_"))]
    settings = {name: os.environ[name] for name in names if name in os.environ}
    if seed is not None:
        settings["OUTRIGGER_SEED"] = str(seed)
    words = [f"{name}={shlex.quote(value)}" for name, value in settings.items()]
    test = f"{item.path}::{item.nodeid.split('::', 1)[1]}"
    return " ".join([*words, shlex.quote(sys.executable), "-m pytest -p no:cacheprovider -s", shlex.quote(test)])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        report.sections.append(("replay", replay_command(item, getattr(item, "funcargs", {}).get("seed"))))
    setattr(item, f"report_{call.when}", report)


class Bench:
    """A daemon and a machine that are made when they are first needed and made anew after a failure."""

    def __init__(self):
        self.daemon = None
        self.machine = None
        self.folder = None

    def open(self):
        if self.daemon is None or not self.daemon.is_alive():
            self.close()
            self.daemon = daemon_module.Daemon(cores=2).start()
        if self.machine is None or not self.machine.is_alive():
            self.folder = pathlib.Path(tempfile.mkdtemp(prefix="outrigger-vm-"))
            self.machine = qemu.Machine(self.folder, ports=PORTS).start()
            self.daemon.create_host("host1", 0, self.machine.qmp_path, queues=2)
        return self

    def close(self, is_failed=False):
        """The daemon ends in order, unless a test failed: then it may be as it likes."""
        if self.machine:
            self.machine.stop()
            self.machine = None
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None
        if self.daemon:
            daemon, self.daemon = self.daemon, None
            if is_failed:
                daemon.kill()
            daemon.remove()

    def report(self):
        if self.daemon:
            print("-- outriggerd:\n" + self.daemon.log_text())
        if self.machine:
            print("-- guest and QEMU:\n" + self.machine.log_text())


BENCH = Bench()


@pytest.fixture
def bench(request):
    """The shared daemon and machine. A test removes what it made; after a failure both are made anew."""
    yield BENCH.open()
    call = getattr(request.node, "report_call", None)
    if call is None or not call.passed:
        BENCH.report()
        BENCH.close(is_failed=True)


@pytest.fixture
def seed():
    value = int(os.environ.get("OUTRIGGER_SEED") or random.SystemRandom().randrange(1, 1 << 31))
    print(f"seed {value}")
    return value


@pytest.fixture
def folder():
    """A short path for sockets; goes away with the test."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="outrigger-vm-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def far(folder):
    """A daemon with a volume that outlives it, reachable at a port."""
    with daemon_module.Daemon() as daemon:
        daemon.port = daemon_module.free_port()
        daemon.nqn = "nqn.2026-11.org.example:far"
        daemon.create_aio("far-vol", folder / "volume", 32)
        daemon.create_subsystem("far0", daemon.nqn)
        daemon.open_port("far0", "port1", daemon.port)
        daemon.add_namespace("far0", "space1", "far-vol")
        yield daemon


@pytest.fixture(scope="session", autouse=True)
def close_bench():
    image.build()
    yield
    BENCH.close()


def number(variable, default):
    return int(os.environ.get(variable) or default)
