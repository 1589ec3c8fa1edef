"""Keys of many hosts of a subsystem (outrigger.v1), with the real daemon: who must authenticate, who must come through
TLS, what happens to those that are connected when it changes, and that no key comes back anywhere."""
import base64
import os
import stat
import struct
import zlib

import grpc
import nvme_tcp
import opi
import pytest
from google.protobuf import field_mask_pb2
from outrigger.v1 import nvme_pb2
from outrigger_daemon import Daemon, free_port
from storage import frontend_nvme_pb2 as nvme
from test_nvme import SUB, Client, nqn
from test_nvme_keys import s_client, tls_psk
from test_nvme_remote import wait_for

HOST = nvme_tcp.HOSTNQN
OTHER = "nqn.2014-08.org.nvmexpress:uuid:00000000-0000-4000-8000-000000000002"
SECRET, NEW_SECRET = bytes(range(1, 33)), bytes(range(2, 34))
Security = nvme_pb2.NvmeHostSecurity


def key_of(prefix, secret, hash_digits):
    return f"{prefix}:{hash_digits}:{base64.b64encode(secret + struct.pack('<I', zlib.crc32(secret))).decode()}:"


DHCHAP, NEW_DHCHAP = (key_of("DHHC-1", secret, "00") for secret in (SECRET, NEW_SECRET))
CONTROLLER_KEY = key_of("DHHC-1", bytes(32), "00")
TLS = key_of("NVMeTLSkey-1", SECRET, "01")
KEYS = (DHCHAP, NEW_DHCHAP, CONTROLLER_KEY, TLS)


def assert_no_key(text):
    for key in KEYS:
        assert key[12:40] not in str(text), text


@pytest.fixture
def client(channel):
    made = Client(channel)
    yield made
    made.clean()


def create(client, *hosts, **options):
    return client.subsystem_options.CreateNvmeSubsystemWithOptions(nvme_pb2.CreateNvmeSubsystemWithOptionsRequest(
        nvme_subsystem_id="sub1", nvme_subsystem=nvme.NvmeSubsystem(spec=nvme.NvmeSubsystemSpec(nqn=nqn("sub1"))),
        nvme_subsystem_options=nvme_pb2.NvmeSubsystemOptions(host_security=hosts, **options)))


def update(client, *hosts, paths=("host_security",)):
    return client.subsystem_options.UpdateNvmeSubsystemOptions(nvme_pb2.UpdateNvmeSubsystemOptionsRequest(
        nvme_subsystem_options=nvme_pb2.NvmeSubsystemOptions(name=SUB, host_security=hosts),
        update_mask=field_mask_pb2.FieldMask(paths=paths)))


def require_tls(client, is_required):
    return client.controller_options.UpdateNvmeControllerOptions(nvme_pb2.UpdateNvmeControllerOptionsRequest(
        nvme_controller_options=nvme_pb2.NvmeControllerOptions(
            name=f"{SUB}/nvmeControllers/ctrl1", requires_tls=is_required),
        update_mask=field_mask_pb2.FieldMask(paths=["requires_tls"])))


def knock(port, hostnqn=HOST):
    """A connection whose Connect succeeded."""
    connection = nvme_tcp.Connection("127.0.0.1", port)
    assert connection.initialise() == 0
    assert connection.connect(nqn("sub1"), hostnqn)[0] == nvme_tcp.SUCCESS
    return connection


def is_ended(connection):
    """The target closes it, now or in a moment."""
    try:
        return connection.socket.recv(1) == b""
    except ConnectionError:
        return True


def test_a_host_with_a_key_authenticates_before_anything_else(client):
    port = free_port()
    create(client, Security(hostnqn=HOST, dhchap_key=DHCHAP))
    client.controller(SUB, "ctrl1", port)
    with knock(port) as connection:
        assert connection.result & nvme_tcp.CONNECT_ATR and not connection.result & nvme_tcp.CONNECT_ASCR
        assert connection.identify_controller() == nvme_tcp.AUTHENTICATION_REQUIRED
        assert not client.state().connections[0].is_authenticated
        assert connection.authenticate(SECRET, nqn("sub1"))
        assert client.state().connections[0].is_authenticated
        assert connection.command(0x7F, {4: b"\x04", 40: b"\x01"})[0] == nvme_tcp.SUCCESS  # Property Get of CAP
    with knock(port) as connection:
        assert not connection.authenticate(NEW_SECRET, nqn("sub1"))
        assert is_ended(connection)
    assert nvme_tcp.connect("127.0.0.1", port, nqn("sub1"), OTHER) == nvme_tcp.CONNECT_INVALID_HOST


def test_another_key_holds_at_once_and_ends_nobody(client):
    port = free_port()
    create(client, Security(hostnqn=HOST, dhchap_key=DHCHAP))
    client.controller(SUB, "ctrl1", port)
    with knock(port) as connection:
        assert connection.authenticate(SECRET, nqn("sub1"))
        update(client, Security(hostnqn=HOST, dhchap_key=NEW_DHCHAP))
        with knock(port) as late:
            assert not late.authenticate(SECRET, nqn("sub1"))
        assert connection.authenticate(NEW_SECRET, nqn("sub1")), "again, with the new key"
        assert len(client.state().connections) >= 1
        assert not connection.authenticate(SECRET, nqn("sub1"))
        assert is_ended(connection)


def test_who_has_lost_the_right_is_disconnected(client):
    port = free_port()
    create(client, Security(hostnqn=HOST), Security(hostnqn=OTHER))
    client.controller(SUB, "ctrl1", port)
    with knock(port) as first, knock(port, OTHER) as second:
        update(client, Security(hostnqn=HOST, dhchap_key=DHCHAP), Security(hostnqn=OTHER))
        assert is_ended(first), "it has not authenticated"
        wait_for("the other alone", lambda: [each.hostnqn for each in client.state().connections] == [OTHER])
        update(client, Security(hostnqn=HOST))
        assert is_ended(second), "it is not named any more"
    with knock(port) as connection:
        assert connection.result & nvme_tcp.CONNECT_ATR, "an update that leaves the key out keeps it"
    update(client, Security(hostnqn=HOST), paths=["host_security.*.dhchap_key"])
    with knock(port) as connection:
        assert not connection.result & nvme_tcp.CONNECT_ATR


def test_concatenation_is_asked_for(client):
    port = free_port()
    create(client, Security(hostnqn=HOST, dhchap_key=DHCHAP, requires_concatenation=True))
    client.controller(SUB, "ctrl1", port)
    with knock(port) as connection:
        assert connection.result & nvme_tcp.CONNECT_ATR and connection.result & nvme_tcp.CONNECT_ASCR
        assert not connection.authenticate(SECRET, nqn("sub1")), "without making a key for TLS"


def test_tls_of_a_host_and_of_an_address(client):
    port = free_port()
    create(client, Security(hostnqn=HOST, tls_key=TLS), Security(hostnqn=OTHER))
    client.controller(SUB, "ctrl1", port)
    assert nvme_tcp.connect("127.0.0.1", port, nqn("sub1")) == nvme_tcp.CONNECT_INVALID_HOST
    identity, key = tls_psk(SECRET, HOST, nqn("sub1"))
    assert "Cipher is TLS_AES_128_GCM_SHA256" in s_client(port, identity, key).stdout
    with knock(port, OTHER) as connection, nvme_tcp.Connection("127.0.0.1", port) as discovery:
        assert discovery.initialise() == 0
        assert discovery.connect("nqn.2014-08.org.nvmexpress.discovery", OTHER, 120_000)[0] == nvme_tcp.SUCCESS
        assert require_tls(client, True).requires_tls
        assert is_ended(connection) and is_ended(discovery)
    with pytest.raises((ConnectionError, AssertionError)):
        nvme_tcp.connect("127.0.0.1", port, nqn("sub1"), OTHER)
    assert "Cipher is TLS_AES_128_GCM_SHA256" in s_client(port, identity, key).stdout
    require_tls(client, False)
    assert nvme_tcp.connect("127.0.0.1", port, nqn("sub1"), OTHER) == nvme_tcp.SUCCESS
    update(client, Security(hostnqn=HOST, requires_tls=False), paths=["host_security.*.tls_key",
                                                                      "host_security.*.requires_tls"])
    assert "Cipher is TLS_AES" not in s_client(port, identity, key).stdout


def test_no_key_comes_back(daemon, client):
    hosts = (Security(hostnqn=HOST, dhchap_key=DHCHAP, dhchap_controller_key=CONTROLLER_KEY, tls_key=TLS),
             Security(hostnqn=OTHER, dhchap_key=NEW_DHCHAP))
    create(client, *hosts)
    got = client.subsystem_options.GetNvmeSubsystemOptions(nvme_pb2.GetNvmeSubsystemOptionsRequest(name=SUB))
    assert got.host_security[0].has_dhchap_key and got.host_security[0].has_tls_key
    assert not got.host_security[1].has_tls_key
    changed = update(client, *got.host_security)
    assert changed == got, "read and written back"
    rest = [daemon.curl("GET", f"/v1/{SUB}/options"), daemon.curl("GET", "/v1/nvmeStates"),
            daemon.curl("GET", f"/v1/{SUB}"), daemon.curl("GET", "/metrics"),
            daemon.curl("PATCH", f"/v1/{SUB}/options", {"hostSecurity": [{"hostnqn": HOST}]})]
    assert all(status == 200 for status, _ in rest), rest
    assert rest[-1][1]["hostSecurity"][0]["hasDhchapKey"]
    words = [daemon.cli("get", "nvmeSubsystemOptions", "sub1", "-o", form) for form in ("json", "yaml", "table")]
    words += [daemon.cli("list", "subsystem", "-o", "json"), daemon.cli("get", "nvmeState", "sub1", "-o", "json")]
    for shown in (got, changed, rest, words):
        assert_no_key(shown)
    wrong = DHCHAP[:-3] + "A" + DHCHAP[-2:]
    for host, why in ((Security(hostnqn=HOST, dhchap_key=wrong), "host_security.dhchap_key"),
                      (Security(hostnqn=HOST, tls_key=DHCHAP), "host_security.tls_key"),
                      (Security(hostnqn=HOST, dhchap_key=DHCHAP, dhchap_controller_key=DHCHAP), "the same")):
        assert_no_key(opi.refused(lambda host=host: update(client, host), grpc.StatusCode.INVALID_ARGUMENT, why))
    status, said = daemon.curl("PATCH", f"/v1/{SUB}/options", {"hostSecurity": [{"hostnqn": HOST, "tlsKey": [TLS]}]})
    assert status == 400
    assert_no_key(said)
    assert_no_key(daemon.log())


def test_one_tls_key_for_each_host(client):
    port = free_port()
    client.subsystem("sub1", hostnqn=HOST, psk=TLS.encode())
    client.controller(SUB, "ctrl1", port)
    said = opi.refused(lambda: update(client, Security(hostnqn=HOST, tls_key=TLS)), grpc.StatusCode.INVALID_ARGUMENT,
                       "nvme_subsystem.spec.psk")
    assert_no_key(said)
    update(client, Security(hostnqn=HOST, dhchap_key=DHCHAP))
    assert nvme_tcp.connect("127.0.0.1", port, nqn("sub1")) == nvme_tcp.CONNECT_INVALID_HOST


def test_keys_outlive_the_daemon_and_their_store_is_its_owners():
    daemon = Daemon()
    try:
        daemon.start()
        port = free_port()
        with daemon.channel() as channel:
            client = Client(channel)
            create(client, Security(hostnqn=HOST, dhchap_key=DHCHAP))
            client.controller(SUB, "ctrl1", port)
        daemon.restart_after_kill()
        with knock(port) as connection:
            assert connection.authenticate(SECRET, nqn("sub1"))
        stores = [os.path.join(root, name) for root, _, names in os.walk(f"{daemon.directory}/state") for name in names
                  if ".db" in name]
        assert stores
        for path in stores:
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o600, path
        assert_no_key(daemon.log())
    finally:
        daemon.remove()


def test_the_command_line_makes_and_gives_keys(daemon, client, tmp_path):
    port = free_port()
    files = {}
    for name, words in {"dhchap": ["dhchap", "--hash", "none"], "tls": ["tls"], "new": ["dhchap", "--hash", "sha512"]}.items():
        files[name] = tmp_path / name
        files[name].write_text(daemon.cli("key", *words))
    text = files["dhchap"].read_text()
    assert text.startswith("DHHC-1:00:") and files["tls"].read_text().startswith("NVMeTLSkey-1:01:")
    assert files["new"].read_text().startswith("DHHC-1:03:")
    daemon.cli("create", "subsystem", "sub1", "--nqn", nqn("sub1"), "--host", HOST, "--dhchap-key-file",
               str(files["dhchap"]))
    daemon.cli("create", "controller", "ctrl1", "--subsystem", "sub1", "--address", "127.0.0.1", "--port", str(port))
    with knock(port) as connection:
        assert connection.authenticate(base64.b64decode(text.split(":")[2])[:-4], nqn("sub1"))
    shown = daemon.cli("update", "subsystem", "sub1", "--host", OTHER, "--tls-key-file", "-", "-o", "json",
                       input=files["tls"].read_text())
    assert "hasTlsKey" in shown and "hasDhchapKey" in shown and "NVMeTLSkey" not in shown
    assert nvme_tcp.connect("127.0.0.1", port, nqn("sub1"), OTHER) == nvme_tcp.CONNECT_INVALID_HOST
    daemon.cli("update", "subsystem", "sub1", "--host", OTHER, "--remove-key", "tls")
    assert nvme_tcp.connect("127.0.0.1", port, nqn("sub1"), OTHER) == nvme_tcp.SUCCESS
    with knock(port) as connection:
        assert connection.result & nvme_tcp.CONNECT_ATR, "the other host's key is as it was"
    daemon.cli("update", "controller", "sub1/ctrl1", "--require-tls", "yes")
    with pytest.raises((ConnectionError, AssertionError)):
        nvme_tcp.connect("127.0.0.1", port, nqn("sub1"), OTHER)
    said = daemon.cli("create", "subsystem", "sub2", "--nqn", nqn("sub2"), "--tls-key-file", str(files["tls"]), status=2)
    assert "--host" in said
    said = daemon.cli("update", "subsystem", "sub1", "--tls-key-file", "/nonexistent", "--host", HOST, status=1)
    assert "/nonexistent" in said
