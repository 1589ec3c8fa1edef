"""Keys of NVMe hosts: OPI's NvmeSubsystemSpec.psk, with the real daemon and openssl's s_client as the host."""
import base64
import hashlib
import hmac
import struct
import subprocess
import zlib

import grpc
import nvme_tcp
import opi
import pytest
from google.protobuf import field_mask_pb2
from outrigger.v1 import nvme_pb2
from outrigger_daemon import free_port
from storage import frontend_nvme_pb2 as nvme
from test_nvme import SUB, Client, nqn

HOST = nvme_tcp.HOSTNQN
SECRET = bytes(range(32))


def interchange(secret, hash_digits=b"01"):
    crc = struct.pack("<I", zlib.crc32(secret))
    return b"NVMeTLSkey-1:" + hash_digits + b":" + base64.b64encode(secret + crc) + b":"


KEY = interchange(SECRET)
OTHER_KEY = interchange(bytes(32))


def expand_label(key, label, context):
    """RFC 5869 with a salt of zeroes, then HKDF-Expand-Label of RFC 8446; SHA-256."""
    prk = hmac.digest(bytes(32), key, hashlib.sha256)
    label = b"tls13 " + label
    info = struct.pack(">HB", 32, len(label)) + label + bytes([len(context)]) + context
    return hmac.digest(prk, info + b"\x01", hashlib.sha256)


def tls_psk(secret, hostnqn, subnqn):
    """(identity, key) of NVMe/TCP 1.0, 3.6.1.3, version 0."""
    identity = f"NVMe0R01 {hostnqn} {subnqn}"
    return identity, expand_label(expand_label(secret, b"HostNQN", hostnqn.encode()), b"nvme-tls-psk", identity.encode())


def s_client(port, identity, key):
    return subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_3", "-psk", key.hex(), "-psk_identity", identity,
         "-ciphersuites", "TLS_AES_128_GCM_SHA256"],
        input="", capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def client(channel):
    made = Client(channel)
    yield made
    made.clean()


def has_key(text):
    return any(key[15:40].decode() in text for key in (KEY, OTHER_KEY))


def test_keys_never_come_back(daemon, client):
    made = client.subsystem("sub1", hostnqn=HOST, psk=KEY)
    shown = client.stub.GetNvmeSubsystem(nvme.GetNvmeSubsystemRequest(name=SUB))
    listed = client.stub.ListNvmeSubsystems(nvme.ListNvmeSubsystemsRequest()).nvme_subsystems
    changed = client.stub.UpdateNvmeSubsystem(nvme.UpdateNvmeSubsystemRequest(
        nvme_subsystem=nvme.NvmeSubsystem(name=SUB, spec=nvme.NvmeSubsystemSpec(psk=OTHER_KEY)),
        update_mask=field_mask_pb2.FieldMask(paths=["spec.psk"])))
    for subsystem in (made, shown, changed, *listed):
        assert not subsystem.spec.psk and not has_key(str(subsystem))
    assert not has_key(daemon.log())


def test_wrong_keys_are_refused_with_the_field_and_without_the_key(daemon, client):
    for wrong, why in ((b"very-secret", "nvme_subsystem.spec.psk"), (KEY[:-8] + b"AAAAAAA:", "nvme_subsystem.spec.psk")):
        said = opi.refused(lambda key=wrong: client.subsystem("sub1", hostnqn=HOST, psk=key),
                           grpc.StatusCode.INVALID_ARGUMENT, why)
        assert wrong.decode() not in said
    opi.refused(lambda: client.subsystem("sub1", psk=KEY), grpc.StatusCode.INVALID_ARGUMENT, "spec.hostnqn")
    assert "very-secret" not in daemon.log()


def test_a_host_with_a_key_comes_through_tls_only(client):
    port = free_port()
    client.subsystem("sub1", hostnqn=HOST, psk=KEY)
    client.controller(SUB, "ctrl1", port)
    assert nvme_tcp.connect("127.0.0.1", port, nqn("sub1")) == nvme_tcp.CONNECT_INVALID_HOST
    identity, key = tls_psk(SECRET, HOST, nqn("sub1"))
    shaken = s_client(port, identity, key)
    assert "TLSv1.3" in shaken.stdout and "Cipher is TLS_AES_128_GCM_SHA256" in shaken.stdout, shaken
    for wrong_identity, wrong_key in ((identity, bytes(32)), (identity.replace("uuid:f", "uuid:e"), key)):
        refused = s_client(port, wrong_identity, wrong_key)
        assert "Cipher is TLS_AES" not in refused.stdout and refused.returncode != 0, refused
    # Another key counts for the next handshake.
    client.stub.UpdateNvmeSubsystem(nvme.UpdateNvmeSubsystemRequest(
        nvme_subsystem=nvme.NvmeSubsystem(name=SUB, spec=nvme.NvmeSubsystemSpec(psk=OTHER_KEY)),
        update_mask=field_mask_pb2.FieldMask(paths=["spec.psk"])))
    assert "Cipher is TLS_AES" not in s_client(port, identity, key).stdout
    assert "Cipher is TLS_AES" in s_client(port, *tls_psk(bytes(32), HOST, nqn("sub1"))).stdout
    states = client.states.ListNvmeStates(nvme_pb2.ListNvmeStatesRequest()).nvme_states
    assert not has_key(str(states))
