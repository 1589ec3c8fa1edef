"""Discovery with keys: asking and following a daemon that takes this host through TLS alone, and using what is found there
with the same keys. Our own discovery service does not ask for authentication; what it tells of does, and so does a
discovery controller that is made up here."""
import base64
import hashlib
import hmac
import json
import os
import struct
import zlib

import grpc
import opi
import pytest
from google.protobuf import field_mask_pb2
from outrigger.v1 import nvme_discovery_pb2 as v1, nvme_pb2, nvme_pb2_grpc, nvme_remote_pb2
from outrigger_daemon import free_port
from test_nvme_discovery import (FABRIC, Client, Liar, Target, client, cut, host, log_bytes, nqn, record_bytes,  # noqa: F401
                                 target, wait_for)
from test_nvme_remote_keys import CONTROLLER_KEY, DHCHAP_KEY, HOST, KEY, LONG_KEY, WRONG_KEY, no_key_in

Code = grpc.StatusCode
DISCOVERY = "nqn.2014-08.org.nvmexpress.discovery"
ATR = 1 << 17  # of Connect's result: authentication required


def untransformed(secret):
    return f"DHHC-1:00:{base64.b64encode(secret + zlib.crc32(secret).to_bytes(4, 'little')).decode()}:"


def ask_for(target, name, **security):
    """Of this host, by the subsystem."""
    stub = nvme_pb2_grpc.NvmeSubsystemOptionsServiceStub(target.channel)
    stub.UpdateNvmeSubsystemOptions(nvme_pb2.UpdateNvmeSubsystemOptionsRequest(
        nvme_subsystem_options=nvme_pb2.NvmeSubsystemOptions(
            name=f"nvmeSubsystems/{name}", host_security=[nvme_pb2.NvmeHostSecurity(hostnqn=HOST, **security)]),
        update_mask=field_mask_pb2.FieldMask(paths=["host_security"])))


def require_tls(target, name):
    """Of every host, at the target's port."""
    stub = nvme_pb2_grpc.NvmeControllerOptionsServiceStub(target.channel)
    stub.UpdateNvmeControllerOptions(nvme_pb2.UpdateNvmeControllerOptionsRequest(
        nvme_controller_options=nvme_pb2.NvmeControllerOptions(
            name=f"nvmeSubsystems/{name}/nvmeControllers/port{target.port}", requires_tls=True),
        update_mask=field_mask_pb2.FieldMask(paths=["requires_tls"])))


def serve_through_tls(target, name="disks", key=KEY):
    target.serve(name)
    ask_for(target, name, tls_key=key)
    require_tls(target, name)


def key_file(host, name, key):
    path = os.path.join(host.directory, name)
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(key + "\n")
    return path


def update(client, paths, **fields):
    return client.stub.UpdateNvmeDiscovery(v1.UpdateNvmeDiscoveryRequest(
        nvme_discovery=v1.NvmeDiscovery(name=FABRIC, **fields),
        update_mask=field_mask_pb2.FieldMask(paths=paths)), timeout=60)


def paths_of(client, name):
    state = client.states().get(nqn(name))
    return list(state.paths) if state else []


def test_asking_through_tls(target, host, client):
    serve_through_tls(target)
    opi.refused(lambda: client.discover(target.port, hostnqn=HOST), Code.UNAVAILABLE, "it may require TLS")
    opi.refused(lambda: client.discover(target.port, hostnqn=HOST, tls_key=WRONG_KEY), Code.FAILED_PRECONDITION,
                "does not share our TLS pre-shared key")
    for version in (0, 1):
        log = client.discover(target.port, hostnqn=HOST, tls_key=KEY, tls_identity_version=version)
        assert log.is_secure and not log.is_authenticated
        assert [record.subnqn for record in log.records] == [nqn("disks")]
        assert log.records[0].secure_channel == v1.NvmeDiscoveryRecord.REQUIRED
    status, answer = host.curl("POST", "/v1/nvmeDiscoveries:discover", body={
        "traddr": "127.0.0.1", "trsvcid": target.port, "hostnqn": HOST, "tlsKey": KEY})
    assert status == 200 and answer["isSecure"] and no_key_in(str(answer))
    said = opi.refused(lambda: client.discover(target.port, tls_key="NVMeTLSkey-1:01:very+secret:"),
                       Code.INVALID_ARGUMENT, "discover_nvme_request.tls_key")
    assert "+secret" not in said and "+secret" not in host.log()
    words = ("discover", target.address(), "--hostnqn", HOST)
    assert nqn("disks") in host.cli(*words, "--tls-key-file", key_file(host, "right", KEY))
    assert nqn("disks") in host.cli(*words, "--tls-key-file", "-", input=KEY + "\n")
    assert "does not share our TLS" in host.cli(*words, "--tls-key-file", key_file(host, "wrong", WRONG_KEY), status=1)
    assert "it may require TLS" in host.cli(*words, status=1)
    assert "cannot open" in host.cli(*words, "--dhchap-key-file", "/nonexistent", status=1)
    assert no_key_in(host.log()) and no_key_in(target.daemon.log())


@pytest.mark.parametrize("key", [KEY, LONG_KEY], ids=["SHA-256", "SHA-384"])
def test_following_through_tls_and_restarts(target, host, client, key):
    serve_through_tls(target, key=key)
    made = client.follow(target.port, hostnqn=HOST, tls_key=key)
    assert made.has_tls_key and not made.tls_key and not made.has_dhchap_key
    wait_for("the subsystem", lambda: client.live() == {nqn("disks"): [target.address()]})
    assert paths_of(client, "disks")[0].is_secure
    assert client.get().state == v1.NvmeDiscovery.FOLLOWING and client.get().sources[0].is_secure
    # It is told of changes, and uses them with the key.
    target.serve("tapes")
    ask_for(target, "tapes", tls_key=key)
    wait_for("another", lambda: nqn("tapes") in client.live())
    assert paths_of(client, "tapes")[0].is_secure
    target.daemon.restart_after_kill()
    wait_for("the return", lambda: len(client.live()) == 2 and client.get().state == v1.NvmeDiscovery.FOLLOWING)
    host.restart_after_kill()
    with host.channel() as channel:
        again = Client(channel)
        wait_for("following", lambda: again.get().state == v1.NvmeDiscovery.FOLLOWING and len(again.live()) == 2)
        assert again.get().has_tls_key and again.get().sources[0].is_secure
        # A path that was cut for a moment says nothing of TLS meanwhile.
        paths = [path for name in ("disks", "tapes") for path in paths_of(again, name)]
        assert all(path.is_secure for path in paths if path.state == nvme_remote_pb2.NvmePathState.LIVE), paths
        wait_for("TLS", lambda: all(path.is_secure for name in ("disks", "tapes") for path in paths_of(again, name)))
        listed = str(again.stub.ListNvmeDiscoveries(v1.ListNvmeDiscoveriesRequest()))
        status, answer = host.curl("GET", f"/v1/{FABRIC}")
        assert status == 200 and answer["hasTlsKey"]
        assert no_key_in(listed) and no_key_in(str(answer)) and no_key_in(str(again.states()))
        assert no_key_in(host.cli("get", "discovery", "fabric0", "-o", "yaml"))
        again.delete()
        assert again.states() == {}
    assert no_key_in(host.log()) and no_key_in(target.daemon.log())


def test_keys_that_are_changed(target, host, client):
    serve_through_tls(target)
    client.follow(target.port, hostnqn=HOST, tls_key=WRONG_KEY)
    wait_for("the reason", lambda: "does not share our TLS pre-shared key" in client.get().state_reason)
    assert client.get().state == v1.NvmeDiscovery.CONNECTING and client.states() == {}
    right = key_file(host, "right", KEY)
    said = host.cli("update", "discovery", "fabric0", "--tls-key-file", right, "-o", "json")
    assert json.loads(said)["hasTlsKey"] and no_key_in(said)
    wait_for("the subsystem", lambda: client.live() == {nqn("disks"): [target.address()]})
    # Without a key: the discovery controller is lost, and what was found stays and has its own.
    assert not update(client, ["tls_key"]).has_tls_key
    wait_for("the loss", lambda: "it may require TLS" in client.get().state_reason)
    assert client.live() == {nqn("disks"): [target.address()]}
    host.cli("update", "discovery", "fabric0", "--tls-key-file", "-", input=KEY + "\n")
    wait_for("its return", lambda: client.get().state == v1.NvmeDiscovery.FOLLOWING)
    host.cli("update", "discovery", "fabric0", "--remove-key", "tls")
    assert not client.get().has_tls_key
    assert "update discovery ID --tls-key-file" in host.cli("update", "discovery", "fabric0", "tls_key=x", status=2)
    opi.refused(lambda: update(client, ["dhchap_controller_key"], dhchap_controller_key=CONTROLLER_KEY),
                Code.INVALID_ARGUMENT, "nvme_discovery.dhchap_controller_key: it goes with dhchap_key")
    assert no_key_in(host.log())


def test_an_address_that_requires_tls_waits_for_a_key(target, client):
    """The discovery service is at another port, in the clear."""
    target.serve("disks")
    door = free_port()
    target.serve("door", [door])
    ask_for(target, "disks", tls_key=KEY)
    require_tls(target, "disks")
    client.follow(door, hostnqn=HOST)
    reason = wait_for("its verdict", lambda: client.entry("disks").state_reason)
    assert "requires TLS, for which the discovery has no key (tls_key)" in reason
    assert client.entry("disks").state == v1.NvmeDiscoveryEntry.IGNORED
    update(client, ["tls_key"], tls_key=KEY)
    # A key means TLS everywhere: a port that takes both has it, too.
    wait_for("TLS", lambda: client.live().get(nqn("disks")) == [target.address()] and client.get().sources[0].is_secure)
    assert paths_of(client, "disks")[0].is_secure


def test_authentication_in_both_directions(target, host, client):
    target.serve("disks")
    ask_for(target, "disks", dhchap_key=DHCHAP_KEY, dhchap_controller_key=CONTROLLER_KEY)
    client.follow(target.port, hostnqn=HOST)
    wait_for("the reason", lambda: paths_of(client, "disks") and "(dhchap_key)" in
             paths_of(client, "disks")[0].state_reason)
    client.delete()
    made = client.follow(target.port, hostnqn=HOST, dhchap_key=DHCHAP_KEY, dhchap_controller_key=CONTROLLER_KEY)
    assert made.has_dhchap_key and made.has_dhchap_controller_key and no_key_in(str(made))
    wait_for("the subsystem", lambda: client.live() == {nqn("disks"): [target.address()]})
    assert paths_of(client, "disks")[0].is_authenticated
    source = client.get().sources[0]
    assert not source.is_authenticated and source.state == v1.NvmeDiscovery.FOLLOWING
    # What is found must prove itself.
    target.serve("tapes")
    wait_for("the refusal", lambda: paths_of(client, "tapes") and "does not ask for authentication" in
             paths_of(client, "tapes")[0].state_reason)
    assert no_key_in(host.log()) and no_key_in(target.daemon.log())


def test_connect_all_with_keys(target, host, client):
    second = free_port()
    target.serve("disks", [target.port, second])
    target.serve("tapes")
    for name in ("disks", "tapes"):
        ask_for(target, name, dhchap_key=DHCHAP_KEY)
    words = ("connect-all", target.address(), "--hostnqn", HOST)
    said = host.run_cli(*words)
    assert said.returncode == 1 and "(dhchap_key)" in said.stderr and client.states() == {}
    # The standard input is read once, and serves all.
    host.cli(*words, "--dhchap-key-file", "-", input=DHCHAP_KEY + "\n")
    assert client.live() == {nqn("disks"): sorted([target.address(), target.address(second)]),
                             nqn("tapes"): [target.address()]}
    assert all(path.is_authenticated and not path.is_secure
               for name in ("disks", "tapes") for path in paths_of(client, name))
    host.cli(*words, "--dhchap-key-file", "-", input=DHCHAP_KEY + "\n")  # again: nothing to do
    assert sum(len(paths) for paths in client.live().values()) == 3
    host.cli("disconnect", "nvme0", "nvme1")
    # What is found makes keys for TLS of that one; the discovery service is asked in the clear.
    dhchap = key_file(host, "dhchap", DHCHAP_KEY)
    host.cli(*words, "--dhchap-key-file", dhchap, "--concatenate", "-n", nqn("tapes"))
    assert paths_of(client, "tapes")[0].is_secure and paths_of(client, "tapes")[0].is_authenticated
    host.cli("disconnect", "nvme0")
    host.cli(*words, "--dhchap-key-file", dhchap, "--concatenate", "--persistent", "--id", "fabric0")
    wait_for("all of it", lambda: sum(len(paths) for paths in client.live().values()) == 3)
    assert all(path.is_secure for name in ("disks", "tapes") for path in paths_of(client, name))
    assert client.get().has_dhchap_key and client.get().secure_channel_concatenation
    both = host.cli(*words, "--dhchap-key-file", dhchap, "--tls-key-file", key_file(host, "tls", KEY), "--concatenate",
                    "--persistent", "--id", "fabric1", status=1)
    assert "there is one in tls_key" in both
    assert no_key_in(host.log()) and no_key_in(target.daemon.log())


def test_what_is_there_gets_no_path_that_the_keys_forbid(target, host, client):
    """Targets that take this host with TLS and without; a second address of what is connected to in the clear."""
    target.serve("disks")
    ask_for(target, "disks", tls_key=KEY, requires_tls=False)
    words = ("connect-all", target.address(), "--hostnqn", HOST)
    host.cli(*words)
    second = free_port()
    target.listen("disks", second)
    key = key_file(host, "tls", KEY)
    said = host.cli(*words, "--tls-key-file", key, status=1)
    assert f"{nqn('disks')} at {target.address(second)}: nvme0 is there already" in said
    assert "`outrigger update remote nvme0 --tls-key-file FILE" in said and no_key_in(said)
    assert client.live() == {nqn("disks"): [target.address()]}
    host.cli("update", "remote", "nvme0", "--tls-key-file", key)
    host.cli("connect", target.address(second), "--nqn", nqn("disks"), "--host-nqn", HOST)
    wait_for("both", lambda: len(client.live()[nqn("disks")]) == 2)
    assert all(path.is_secure for path in paths_of(client, "disks"))
    host.cli(*words, "--tls-key-file", key)  # all is connected
    host.cli("disconnect", "nvme0")
    target.unlisten("disks", second)
    # The same of what is followed: the key comes after the remote controller.
    host.cli(*words, "--persistent", "--id", "fabric0")
    wait_for("the subsystem", lambda: client.live() == {nqn("disks"): [target.address()]})
    assert not paths_of(client, "disks")[0].is_secure
    said = host.cli(*words, "--persistent", "--id", "fabric0", "--tls-key-file", key, status=1)
    assert "`outrigger update discovery fabric0 --tls-key-file FILE" in said and not client.get().has_tls_key
    host.cli("update", "discovery", "fabric0", "--tls-key-file", key)
    wait_for("TLS", lambda: client.get().state == v1.NvmeDiscovery.FOLLOWING and client.get().sources[0].is_secure)
    assert "isSecure: true" in host.cli("get", "discovery", "fabric0", "-o", "yaml")
    target.listen("disks", second)
    entries = {entry.address: entry for entry in wait_for("its verdict", lambda: len(client.get().entries) == 2
                                                          and client.get().entries)}
    refused = entries[target.address(second)]
    assert refused.state == v1.NvmeDiscoveryEntry.IGNORED and "`outrigger update remote fabric0-disks-" in \
        refused.state_reason
    assert client.live() == {nqn("disks"): [target.address()]} and not paths_of(client, "disks")[0].is_secure
    controller = client.states()[nqn("disks")].name.split("/")[1]
    host.cli("update", "remote", controller, "--tls-key-file", key)
    wait_for("the second path", lambda: len(client.live().get(nqn("disks"), [])) == 2)
    assert all(path.is_secure for path in paths_of(client, "disks"))
    # What has no option has a field.
    host.cli("update", "discovery", "fabric0", "tlsIdentityVersion=1")
    wait_for("its return", lambda: client.get().state == v1.NvmeDiscovery.FOLLOWING)
    assert client.get().tls_identity_version == 1
    assert "give dhchap_key" in host.cli("update", "discovery", "fabric0", "secureChannelConcatenation=true", status=1)
    assert no_key_in(host.log()) and no_key_in(target.daemon.log())


def test_a_referral_that_requires_tls_keeps_what_it_showed(target, host, client):
    """Where the key goes, all else can be reached: the discovery controller that was asked first takes both."""
    target.serve("disks")
    ask_for(target, "disks", tls_key=KEY, requires_tls=False)
    far = Target()
    try:
        serve_through_tls(far, "tapes")
        target.client.refer(far.port, requires_tls=True)
        client.follow(target.port, hostnqn=HOST, tls_key=KEY)
        wait_for("both", lambda: set(client.live()) == {nqn("disks"), nqn("tapes")})
        host.cli("update", "discovery", "fabric0", "--remove-key", "tls")
        wait_for("the clear", lambda: client.get().sources[0].state == v1.NvmeDiscovery.FOLLOWING)
        shown = client.get()
        assert shown.state == v1.NvmeDiscovery.CONNECTING and len(shown.sources) == 2
        assert shown.state_reason == (f"{far.address()}: it requires TLS, for which the discovery has no key "
                                      "(tls_key)")
        assert client.entry("tapes").state == v1.NvmeDiscoveryEntry.MADE
        assert set(client.live()) == {nqn("disks"), nqn("tapes")}
        assert "requires TLS" in host.log()
        # Names that an identity of version 0 has no room for.
        long = "nqn.2022-09.io.example:" + "h" * 190
        opi.refused(lambda: client.follow(target.port, "fabric1", hostnqn=long, tls_key=KEY), Code.INVALID_ARGUMENT,
                    "nvme_discovery.tls_identity_version: the NQNs are too long")
        opi.refused(lambda: client.discover(target.port, hostnqn=long, tls_key=KEY), Code.INVALID_ARGUMENT,
                    "discover_nvme_request.tls_identity_version: the NQNs are too long")
    finally:
        far.remove()


class Doorkeeper(Liar):
    """A discovery controller that asks for DH-HMAC-CHAP, by SHA-256 and without Diffie-Hellman (Base 2.0, 8.13.5), and can
    prove who it is itself."""

    host_secret, own_secret = bytes(range(32)), bytes(range(32, 64))
    connect_result = 1 | ATR
    challenge = bytes([7]) * 32
    message = b""

    def __init__(self):
        self.is_let_in = False
        records = [record_bytes(2, "127.0.0.1", "1", nqn("far"))]
        super().__init__(lambda offset, length: cut(log_bytes(1, 1, records) if self.is_let_in else b"", offset, length))

    @staticmethod
    def response(secret, challenge, seqnum, t_id, who, one, other):
        said = challenge + struct.pack("<IHB", seqnum, t_id, 0) + who + one.encode() + b"\0" + other.encode()
        return hmac.digest(secret, said, hashlib.sha256)

    def judge(self, said):
        """What comes after a message of the host's."""
        kind, t_id = said[1], struct.unpack_from("<H", said, 4)[0]
        if kind == 0x00:  # AUTH_Negotiate: DH-HMAC-CHAP_Challenge
            self.is_let_in = False
            return struct.pack("<BBxxHBxBBHI", 1, 1, t_id, 32, 1, 0, 0, 1) + self.challenge
        if kind != 0x02:
            return b""
        right = self.response(self.host_secret, self.challenge, 1, t_id, b"HostHost", HOST, DISCOVERY)
        if said[16:48] != right:
            return struct.pack("<BBxxHBB", 0, 0xF1, t_id, 1, 1)  # AUTH_Failure1
        self.is_let_in = True
        proof = self.response(self.own_secret, said[48:80], struct.unpack_from("<I", said, 12)[0], t_id, b"Controller",
                              DISCOVERY, HOST)
        return struct.pack("<BBxxHBxB7x", 1, 3, t_id, 32, said[8]) + (proof if said[8] else b"")

    def answer(self, connection, capsule):
        if capsule[0] != 0x7F or capsule[4] not in (0x05, 0x06):
            super().answer(connection, capsule)
            return
        cid, length = struct.unpack_from("<H", capsule, 2)[0], struct.unpack_from("<I", capsule, 44)[0]
        if capsule[4] == 0x05:  # Authentication Send
            self.message = self.judge(capsule[64:])
        else:
            data = self.message.ljust(length, b"\0")
            connection.sendall(struct.pack("<BBBBIHHII", 7, 4, 24, 24, 24 + length, cid, 0, 0, length).ljust(24, b"\0")
                               + data)
        connection.sendall(struct.pack("<BBBBI", 5, 0, 24, 0, 24) + struct.pack("<QHHHH", 0, 0, 0, cid, 0))


def test_a_discovery_controller_that_asks_for_authentication(host, client):
    door = Doorkeeper()
    ours, its = untransformed(door.host_secret), untransformed(door.own_secret)
    try:
        opi.refused(lambda: client.discover(door.port, hostnqn=HOST), Code.FAILED_PRECONDITION,
                    "there is no DH-HMAC-CHAP key of the host here (dhchap_key)")
        opi.refused(lambda: client.discover(door.port, hostnqn=HOST, dhchap_key=its), Code.FAILED_PRECONDITION,
                    "does not accept our DH-HMAC-CHAP key")
        opi.refused(lambda: client.discover(door.port, hostnqn=HOST, dhchap_key=ours,
                                            dhchap_controller_key=CONTROLLER_KEY),
                    Code.FAILED_PRECONDITION, "did not prove that it has the controller key")
        for fields in ({}, {"dhchap_controller_key": its}):
            log = client.discover(door.port, hostnqn=HOST, dhchap_key=ours, **fields)
            assert log.is_authenticated and not log.is_secure and log.records[0].subnqn == nqn("far")
        client.follow(door.port, hostnqn=HOST, dhchap_key=its)
        wait_for("the reason", lambda: "does not accept our DH-HMAC-CHAP key" in client.get().state_reason)
        update(client, ["dhchap_key", "dhchap_controller_key"], dhchap_key=ours, dhchap_controller_key=its)
        wait_for("following", lambda: client.get().state == v1.NvmeDiscovery.FOLLOWING)
        assert client.get().sources[0].is_authenticated
        wait_for("what it shows", lambda: client.entry("far").state == v1.NvmeDiscoveryEntry.MADE)
        assert ours[10:40] not in host.log() and its[10:40] not in host.log()
        client.delete()
    finally:
        door.close()
