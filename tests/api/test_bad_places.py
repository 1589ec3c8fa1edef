"""What is wrong before or beside the API: the configuration, the state directory, the devices' sockets."""
import errno
import os
import pathlib
import socket
import stat
import subprocess
import time

import grpc
import opi
import pytest
from outrigger.v1 import device_pb2, device_pb2_grpc
from outrigger_daemon import Daemon, program


@pytest.fixture
def made():
    """A daemon that is not started yet."""
    daemons = []

    def make(**options):
        daemons.append(Daemon(**options))
        return daemons[-1]
    yield make
    for daemon in daemons:
        daemon.remove()


def outriggerd(*words):
    return subprocess.run([program("OUTRIGGERD", "daemon/outriggerd"), *map(str, words)], capture_output=True, text=True,
                          check=False, timeout=30)


@pytest.mark.parametrize("text, says", [
    ("[cores]\nidle_spin = 3\n", "typo.toml:2:13: unknown key 'idle_spin' in [cores]; did you mean 'idle_spin_us'?"),
    ("[core]\n", "did you mean 'cores'?"),
    ("[daemon\n", "typo.toml:1:"),
    ("[vhost_user]\nsocket_mode = \"0777\"\n", "vhost_user.socket_mode must be a mode"),
    ("[vhost_user]\nsocket_group = \"no-such-group\"\n", "'no-such-group', which this machine does not have"),
    ("[api]\ntls = \"a:b\"\n", "CERTIFICATE:KEY:CA"),
])
def test_a_typo_in_the_configuration_is_status_2_and_nothing_is_made(tmp_path, text, says):
    file = tmp_path / "typo.toml"
    state = f"[daemon]\nstate_directory = \"{tmp_path}/state\"\n"
    file.write_text(text if text.startswith("[daemon") else text + state, encoding="utf-8")
    for words in (("--config", file), ("--check-config", "--config", file)):
        done = outriggerd(*words)
        assert (done.returncode, done.stdout) == (2, ""), done
        assert says in done.stderr and done.stderr.count("\n") == 1, "one line"
    assert [entry.name for entry in tmp_path.iterdir()] == ["typo.toml"]


def test_check_config_says_that_it_is_right_and_starts_nothing(tmp_path):
    file = tmp_path / "right.toml"
    file.write_text(f"[daemon]\nstate_directory = \"{tmp_path}/state\"\n", encoding="utf-8")
    done = outriggerd("--check-config", "-c", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "the configuration is right\n", "")
    assert not (tmp_path / "state").exists()
    assert "/none.toml" in outriggerd("--config", tmp_path / "none.toml").stderr
    assert outriggerd("--config", tmp_path / "none.toml").returncode == 2
    assert outriggerd("--no-such-option").returncode == 2
    assert outriggerd("--version").returncode == 0


def in_own_mounts(mount):
    """Runs the daemon where `mount` has been done, in a private mount namespace; skips where that is not allowed."""
    wrapper = ["unshare", "--mount", "--propagation", "private", "sh", "-c", f"{mount} && exec \"$@\"", "sh"]
    if subprocess.run([*wrapper[:4], "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no private mount namespace here: needs root")
    return wrapper


def test_a_state_directory_that_cannot_be_written_stops_the_start(made):
    daemon = made()
    state = pathlib.Path(daemon.directory, "state")
    state.mkdir()
    daemon.wrapper = in_own_mounts(f"mount -t tmpfs -o ro none {state}")
    log = daemon.fails_to_start()
    assert str(state) in log and "Read-only file system" in log
    assert daemon.process.returncode == 1


def test_a_full_disk_refuses_and_recovers(made):
    daemon = made()
    state = pathlib.Path(daemon.directory, "state")
    state.mkdir()
    daemon.wrapper = in_own_mounts(f"mount -t tmpfs -o size=2m none {state}")
    daemon.start()
    inside = pathlib.Path(f"/proc/{daemon.process.pid}/root{state}")  # its mounts, not ours
    with daemon.channel() as channel:
        opi.NULL.create(channel, "before")
        with open(inside / "filler", "wb", buffering=0) as filler:
            with pytest.raises(OSError) as full:
                while True:
                    filler.write(b"x" * 4096)
            assert full.value.errno == errno.ENOSPC
        refusals = 0
        for i in range(200):  # the log has some room of its own yet
            try:
                opi.NULL.create(channel, f"while-full-{i}")
            except grpc.RpcError as error:
                refusals += 1
                assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, error.details()
                assert "no space left for the store" in error.details()
                opi.refused(lambda i=i: opi.NULL.call(channel, "Get", name=f"volumes/while-full-{i}"),
                            grpc.StatusCode.NOT_FOUND)
                if refusals == 3:
                    break
        assert refusals == 3, "the disk was not full"
        assert opi.NULL.call(channel, "Get", name="volumes/before").blocks_count == 64, "what was there is served"
        (inside / "filler").unlink()
        opi.NULL.create(channel, "after")
        assert daemon.terminate() == 0


def place_of(daemon, name):
    return pathlib.Path(daemon.directory, "run", f"{name}.sock")


def device(channel, name):
    return device_pb2_grpc.DeviceServiceStub(channel).GetDevice(device_pb2.GetDeviceRequest(name=name))


def connects(path):
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def test_a_stale_socket_after_a_kill_is_replaced(made):
    daemon = made().start()
    with daemon.channel() as channel:
        opi.make_base_volumes(channel)
        opi.VIRTIO_BLK.create(channel, "survivor")
    path = place_of(daemon, "survivor")
    assert connects(path)
    daemon.kill()
    assert path.is_socket() and not connects(path), "stale"
    daemon.start()
    assert connects(path)
    with daemon.channel() as channel:
        opi.VIRTIO_BLK.delete(channel, "volumes/survivor")
    assert not path.exists()


def test_a_socket_that_somebody_else_took_meanwhile(made):
    daemon = made().start()
    with daemon.channel() as channel:
        opi.make_base_volumes(channel)
        opi.VIRTIO_BLK.create(channel, "robbed")
        opi.VIRTIO_BLK.create(channel, "untouched")
    path = place_of(daemon, "robbed")
    daemon.kill()
    path.unlink()
    with socket.socket(socket.AF_UNIX) as thief:
        thief.bind(str(path))
        thief.listen()
        daemon.start()
        with daemon.channel() as channel:
            robbed = device(channel, "robbed")
            assert robbed.state == device_pb2.Device.FAILED
            assert str(path) in robbed.state_reason and "is served already" in robbed.state_reason
            assert device(channel, "untouched").state != device_pb2.Device.FAILED
    with daemon.channel() as channel:
        deadline = time.monotonic() + 40
        while device(channel, "robbed").state == device_pb2.Device.FAILED:
            assert time.monotonic() < deadline, "it is not tried again"
            time.sleep(0.2)
    assert connects(path)


def test_the_run_directory_gone_is_no_fault_of_the_client(made):
    daemon = made().start()
    with daemon.channel() as channel:
        opi.make_base_volumes(channel)
        os.rename(f"{daemon.directory}/run", f"{daemon.directory}/away")
        opi.refused(lambda: opi.VIRTIO_BLK.create(channel, "nowhere"), grpc.StatusCode.FAILED_PRECONDITION, "nowhere.sock")
        opi.refused(lambda: opi.VIRTIO_BLK.call(channel, "Get", name="volumes/nowhere"), grpc.StatusCode.NOT_FOUND)


def test_the_mode_and_group_of_device_sockets(made):
    for extra, mode in (("", 0o600), (f'[vhost_user]\nsocket_mode = "0660"\nsocket_group = "{os.getegid()}"\n', 0o660)):
        daemon = made(extra=extra).start()
        with daemon.channel() as channel:
            opi.make_base_volumes(channel)
            opi.VIRTIO_BLK.create(channel, "guarded")
        found = place_of(daemon, "guarded").stat()
        assert (stat.S_IMODE(found.st_mode), found.st_gid) == (mode, os.getegid())
