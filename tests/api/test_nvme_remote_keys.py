"""Two daemons that must prove to each other who they are: a path with TLS and its pre-shared key, with the wrong one, and
without; keys over the command line; what becomes of them through kills."""
import base64
import json
import os
import zlib

import grpc
import nvme_tcp
import opi
import pytest
from google.protobuf import field_mask_pb2
from outrigger.v1 import nvme_pb2, nvme_pb2_grpc, nvme_remote_pb2 as v1, volume_pb2
from outrigger_daemon import Daemon
from storage import backend_nvme_pb2 as nvme, frontend_nvme_pb2, frontend_nvme_pb2_grpc
from test_nvme_remote import NQN, REMOTE, Client, Target, is_live, wait_for

Code = grpc.StatusCode
HOST = "nqn.2014-08.org.nvmexpress:uuid:5a6b8e0e-5b1c-4f0a-9b39-0f1a0c0f5eed"


def interchange(secret, digits):
    return f"NVMeTLSkey-1:{digits}:{base64.b64encode(secret + zlib.crc32(secret).to_bytes(4, 'little')).decode()}:"


KEY = interchange(bytes(range(32)), "01")
LONG_KEY = interchange(bytes(range(48)), "02")
WRONG_KEY = interchange(bytes(32), "01")
DHCHAP_KEY = "DHHC-1:01:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+KfiaR:"
CONTROLLER_KEY = "DHHC-1:00:bHuByyp0b3RFSx1xQPMVO1HKmUWfzveoahfydpW4fNgSLMVm:"


class SecureTarget(Target):
    """Takes one host, through TLS alone."""

    def set_key(self, key):
        with self.daemon.channel() as channel:
            stub = frontend_nvme_pb2_grpc.FrontendNvmeServiceStub(channel)
            stub.UpdateNvmeSubsystem(frontend_nvme_pb2.UpdateNvmeSubsystemRequest(
                nvme_subsystem=frontend_nvme_pb2.NvmeSubsystem(
                    name="nvmeSubsystems/sub1", spec=frontend_nvme_pb2.NvmeSubsystemSpec(
                        hostnqn=HOST, psk=key.encode())),
                update_mask=field_mask_pb2.FieldMask(paths=["spec.hostnqn", "spec.psk"])))


    def ask_for(self, **security):
        with self.daemon.channel() as channel:
            stub = nvme_pb2_grpc.NvmeSubsystemOptionsServiceStub(channel)
            stub.UpdateNvmeSubsystemOptions(nvme_pb2.UpdateNvmeSubsystemOptionsRequest(
                nvme_subsystem_options=nvme_pb2.NvmeSubsystemOptions(
                    name="nvmeSubsystems/sub1", host_security=[nvme_pb2.NvmeHostSecurity(hostnqn=HOST, **security)]),
                update_mask=field_mask_pb2.FieldMask(paths=["host_security"])))


@pytest.fixture
def open_target():
    made = SecureTarget()
    yield made
    made.daemon.remove()


@pytest.fixture
def target():
    made = SecureTarget()
    made.set_key(KEY)
    yield made
    made.daemon.remove()


@pytest.fixture
def host():
    made = Daemon()
    yield made.start()
    made.remove()


def path(client, target, **fields):
    return client.path(target.port, hostnqn=HOST, **fields)


def set_key(client, key):
    client.stub.UpdateNvmeRemoteController(nvme.UpdateNvmeRemoteControllerRequest(
        nvme_remote_controller=nvme.NvmeRemoteController(name=REMOTE, tcp=nvme.TcpController(psk=key.encode())),
        update_mask=field_mask_pb2.FieldMask(paths=["tcp.psk"])))


def no_key_in(text):
    return all(key[16:40] not in text for key in (KEY, LONG_KEY, WRONG_KEY, DHCHAP_KEY, CONTROLLER_KEY))


def set_options(client, paths, **fields):
    return client.options.UpdateNvmeRemoteControllerOptions(v1.UpdateNvmeRemoteControllerOptionsRequest(
        nvme_remote_controller_options=v1.NvmeRemoteControllerOptions(name=REMOTE, **fields),
        update_mask=field_mask_pb2.FieldMask(paths=paths)))


@pytest.mark.parametrize("key", [KEY, LONG_KEY], ids=["SHA-256", "SHA-384"])
def test_a_volume_through_tls_that_comes_back(target, host, key):
    target.set_key(key)
    with host.channel() as channel:
        client = Client(channel)
        made = client.controller(tcp=nvme.TcpController(psk=key.encode()))
        assert not made.tcp.psk
        path(client, target)
        assert is_live(client) and client.state().paths[0].is_secure
        assert client.volume("nvme0n1").state == volume_pb2.Volume.READY
        assert no_key_in(str(client.state()))
        target.daemon.restart_after_kill()
        wait_for("the path after a kill of the target", lambda: client.state().paths[0].connects >= 2 and is_live(client))
        assert client.state().paths[0].is_secure
    host.restart_after_kill()
    with host.channel() as channel:
        client = Client(channel)
        wait_for("the path after a kill of its user", lambda: is_live(client))
        assert client.state().paths[0].is_secure
    assert no_key_in(host.log()) and no_key_in(target.daemon.log())


def test_wrong_and_missing_keys(target, host):
    with host.channel() as channel:
        client = Client(channel)
        client.controller()
        opi.refused(lambda: path(client, target), Code.FAILED_PRECONDITION, "no path to 127.0.0.1")
        set_key(client, WRONG_KEY)
        opi.refused(lambda: path(client, target), Code.FAILED_PRECONDITION, "does not share our TLS pre-shared key")
        assert not client.state().paths, "nothing is left behind"
        set_key(client, KEY)
        path(client, target)
        # A key that the target does not take is refused, and what was there stays.
        opi.refused(lambda: set_key(client, WRONG_KEY), Code.FAILED_PRECONDITION, "TLS pre-shared key")
        wait_for("the path with the old key", lambda: is_live(client) and client.state().paths[0].is_secure)
    assert no_key_in(host.log())


def test_a_key_that_the_target_changes_ends_the_path_until_it_is_changed_here(target, host):
    with host.channel() as channel:
        client = Client(channel)
        client.controller(tcp=nvme.TcpController(psk=KEY.encode()))
        path(client, target)
        target.set_key(LONG_KEY)
        client.stub.ResetNvmeRemoteController(nvme.ResetNvmeRemoteControllerRequest(name=REMOTE))
        wait_for("the end of what the old key opened",
                 lambda: client.state().paths[0].state == v1.NvmePathState.FAILED
                 or not client.state().paths[0].is_secure or is_live(client))
        if not is_live(client):
            assert "TLS pre-shared key" in client.state().paths[0].state_reason
        set_key(client, LONG_KEY)
        wait_for("the path with the new key", lambda: is_live(client) and client.state().paths[0].is_secure)


def test_a_volume_waits_while_its_key_is_refused(target, host):
    with host.channel() as channel:
        client = Client(channel)
        client.controller(tcp=nvme.TcpController(psk=KEY.encode()))
        path(client, target)
        front = Target(host, "nvme0n1")
        with nvme_tcp.Host("127.0.0.1", front.port, NQN) as user:
            queue = user.open()

            def read():
                queue.send(0x02, 1, 0, 0, 0, length=4096)

            def refuse(key):
                target.set_key(key)
                client.stub.ResetNvmeRemoteController(nvme.ResetNvmeRemoteControllerRequest(name=REMOTE))
                wait_for("the refusal", lambda: "TLS pre-shared key" in client.state().paths[0].state_reason)
                assert client.state().paths[0].state == v1.NvmePathState.RECONNECTING
                wait_for("the volume to be away", lambda: client.volume("nvme0n1").state == volume_pb2.Volume.OFFLINE)
                read()
                with pytest.raises(TimeoutError):
                    queue.socket.settimeout(1)
                    queue.finish()
                queue.socket.settimeout(30)
                assert client.state().paths[0].state == v1.NvmePathState.RECONNECTING

            # The target takes the key again.
            refuse(LONG_KEY)
            target.set_key(KEY)
            client.stub.ResetNvmeRemoteController(nvme.ResetNvmeRemoteControllerRequest(name=REMOTE))
            assert queue.finish()[1] == nvme_tcp.SUCCESS
            # Another wrong one changes nothing, the right one ends the waiting.
            refuse(LONG_KEY)
            set_key(client, WRONG_KEY)
            assert client.volume("nvme0n1").state == volume_pb2.Volume.OFFLINE
            set_key(client, LONG_KEY)
            assert queue.finish()[1] == nvme_tcp.SUCCESS
            wait_for("the volume", lambda: client.volume("nvme0n1").state == volume_pb2.Volume.READY)
    assert no_key_in(host.log())


def test_authentication_in_both_directions(open_target, host):
    open_target.ask_for(dhchap_key=DHCHAP_KEY, dhchap_controller_key=CONTROLLER_KEY)
    with host.channel() as channel:
        client = Client(channel)
        client.controller()
        opi.refused(lambda: path(client, open_target), Code.FAILED_PRECONDITION, "(dhchap_key)")
        set_options(client, ["dhchap_key"], dhchap_key=CONTROLLER_KEY)
        opi.refused(lambda: path(client, open_target), Code.FAILED_PRECONDITION, "does not accept our DH-HMAC-CHAP key")
        set_options(client, ["dhchap_key"], dhchap_key=DHCHAP_KEY)
        path(client, open_target)
        assert client.state().paths[0].is_authenticated and not client.state().paths[0].is_secure
        set_options(client, ["dhchap_controller_key"], dhchap_controller_key=CONTROLLER_KEY)
        assert is_live(client) and client.state().paths[0].is_authenticated
        open_target.daemon.restart_after_kill()
        wait_for("the path after a kill of the target", lambda: client.state().paths[0].connects >= 2 and is_live(client))
        assert client.state().paths[0].is_authenticated
    assert no_key_in(host.log()) and no_key_in(open_target.daemon.log())


def test_a_target_that_does_not_ask(open_target, host):
    with host.channel() as channel:
        client = Client(channel)
        client.controller()
        set_options(client, ["dhchap_key", "dhchap_controller_key"], dhchap_key=DHCHAP_KEY,
                    dhchap_controller_key=CONTROLLER_KEY)
        opi.refused(lambda: path(client, open_target), Code.FAILED_PRECONDITION, "does not ask for authentication")


def test_a_tls_key_that_an_authentication_made(open_target, host):
    open_target.ask_for(dhchap_key=DHCHAP_KEY, requires_concatenation=True)
    with host.channel() as channel:
        client = Client(channel)
        client.controller()
        set_options(client, ["dhchap_key"], dhchap_key=DHCHAP_KEY)
        opi.refused(lambda: path(client, open_target), Code.FAILED_PRECONDITION, "secure_channel_concatenation")
        set_options(client, ["secure_channel_concatenation"], secure_channel_concatenation=True)
        path(client, open_target)
        assert client.state().paths[0].is_secure and client.state().paths[0].is_authenticated
        assert client.volume("nvme0n1").state == volume_pb2.Volume.READY
        open_target.daemon.restart_after_kill()
        wait_for("the path after a kill of the target", lambda: client.state().paths[0].connects >= 2 and is_live(client))
        assert client.state().paths[0].is_secure


def test_keys_that_cannot_be(host):
    with host.channel() as channel:
        client = Client(channel)
        said = opi.refused(lambda: client.controller(tcp=nvme.TcpController(psk=b"NVMeTLSkey-1:01:very+secret:")),
                           Code.INVALID_ARGUMENT, "nvme_remote_controller.tcp.psk")
        assert "very" not in said
        client.controller()

        def options(**fields):
            return client.options.UpdateNvmeRemoteControllerOptions(v1.UpdateNvmeRemoteControllerOptionsRequest(
                nvme_remote_controller_options=v1.NvmeRemoteControllerOptions(name=REMOTE, **fields)))
        opi.refused(lambda: options(dhchap_controller_key=DHCHAP_KEY), Code.INVALID_ARGUMENT, "it goes with dhchap_key")
        opi.refused(lambda: options(secure_channel_concatenation=True), Code.INVALID_ARGUMENT, "give dhchap_key")
        made = options(dhchap_key=DHCHAP_KEY)
        assert made.has_dhchap_key and not made.dhchap_key
        status, answer = host.curl("GET", f"/v1/{REMOTE}/options")
        assert status == 200 and answer["hasDhchapKey"] and no_key_in(str(answer))
    assert no_key_in(host.log()) and "very" not in host.log()


def test_cli(target, host):
    key_file = os.path.join(host.directory, "key")
    with open(key_file, "w", encoding="utf-8") as file:
        file.write(KEY + "\n")
    arguments = ("connect", f"127.0.0.1:{target.port}", "--nqn", NQN, "--host-nqn", HOST)
    assert "no path to 127.0.0.1" in host.cli(*arguments, status=1)
    assert "cannot open" in host.cli(*arguments, "--tls-key", "/nonexistent", status=1)
    said = host.cli(*arguments, "--tls-key", key_file)
    assert "nvme0n1" in said
    assert "leave the keys out" in host.cli(*arguments, "--tls-key", key_file, status=2)
    assert no_key_in(said) and no_key_in(host.cli("get", "remote", "nvme0", "-o", "json"))


def test_cli_changes_keys(target, host):
    def key_file(name, key):
        path = os.path.join(host.directory, name)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(key + "\n")
        return path
    right, wrong, other = key_file("right", KEY), key_file("wrong", WRONG_KEY), key_file("other", LONG_KEY)
    host.cli("connect", f"127.0.0.1:{target.port}", "--nqn", NQN, "--host-nqn", HOST, "--tls-key-file", right)
    said = host.cli("update", "remote", "nvme0", "--tls-key-file", wrong, status=1)
    assert "TLS pre-shared key" in said and "warning" not in said
    assert "no connection to" in host.cli("update", "remote", "nvme0", "--remove-key", "tls", status=1)
    assert "update remote ID --tls-key-file" in host.cli("update", "remote", "nvme0", "tcp.psk=x", status=2)
    with host.channel() as channel:
        client = Client(channel)
        assert is_live(client) and client.state().paths[0].is_secure
        target.set_key(LONG_KEY)
        host.cli("reset", "nvme0")
        wait_for("the end of what the old key opened", lambda: not is_live(client))
        os.chmod(other, 0o644)
        done = host.run_cli("update", "remote", "nvme0", "--tls-key-file", other)
        assert done.returncode == 0 and "can be read by others (mode 0644)" in done.stderr
        wait_for("the path with the new key", lambda: is_live(client) and client.state().paths[0].is_secure)
        dhchap = os.path.join(host.directory, "dhchap")
        assert host.cli("key", "dhchap", "--output", dhchap) == f"{dhchap}: a dhchap key, for its owner alone\n"
        assert os.stat(dhchap).st_mode & 0o777 == 0o600
        assert "choose another name" in host.cli("key", "dhchap", "-o", dhchap, status=1)
        host.cli("update", "remote", "nvme0", "--dhchap-key-file", dhchap, "--hash", "sha384")
        options = json.loads(host.cli("get", "nvmeRemoteControllerOptions", "nvme0", "-o", "json"))
        assert options["hasDhchapKey"] and options["hashes"] == ["SHA_384"]
        host.cli("update", "remote", "nvme0", "--remove-key", "dhchap")
        assert not client.options.GetNvmeRemoteControllerOptions(
            v1.GetNvmeRemoteControllerOptionsRequest(name=REMOTE)).has_dhchap_key
        assert is_live(client)
    assert no_key_in(host.log())
