"""Mutual TLS on gRPC and REST, against openssl's and curl's own clients."""
import subprocess

import grpc
import opi
import pytest
from outrigger_daemon import Daemon


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def make_authority(directory, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 2, "-subj",
            f"/CN={name}", "-keyout", directory / f"{name}.key", "-out", directory / f"{name}.crt")


def make_identity(directory, name, authority):
    extension = directory / "extension"
    extension.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout",
            directory / f"{name}.key", "-out", directory / f"{name}.csr")
    openssl("x509", "-req", "-in", directory / f"{name}.csr", "-CA", directory / f"{authority}.crt", "-CAkey",
            directory / f"{authority}.key", "-CAcreateserial", "-days", 2, "-extfile", extension, "-out",
            directory / f"{name}.crt")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tls")
    for authority in ("ca", "other-ca"):
        make_authority(directory, authority)
    make_identity(directory, "server", "ca")
    make_identity(directory, "client", "ca")
    make_identity(directory, "stranger", "other-ca")
    return directory


def paths(files, name, authority="ca"):
    return f"{files}/{name}.crt:{files}/{name}.key:{files}/{authority}.crt"


@pytest.fixture(scope="module")
def tls_daemon(files):
    made = Daemon(tls=paths(files, "server"))
    try:
        yield made.start()
    finally:
        made.remove()


def grpc_code(daemon, files, name):
    key = certificate = None
    if name:
        key, certificate = (files / f"{name}.key").read_bytes(), (files / f"{name}.crt").read_bytes()
    credentials = grpc.ssl_channel_credentials((files / "ca.crt").read_bytes(), key, certificate)
    with grpc.secure_channel(daemon.address, credentials, [("grpc.enable_http_proxy", 0)]) as channel:
        try:
            opi.NULL.list(channel)
        except grpc.RpcError as error:
            return error.code()
    return grpc.StatusCode.OK


def test_grpc_serves_only_clients_of_the_ca(tls_daemon, files):
    assert grpc_code(tls_daemon, files, "client") == grpc.StatusCode.OK
    assert grpc_code(tls_daemon, files, "stranger") == grpc.StatusCode.UNAVAILABLE
    assert grpc_code(tls_daemon, files, None) == grpc.StatusCode.UNAVAILABLE
    with tls_daemon.channel() as plaintext:
        opi.refused(lambda: opi.NULL.list(plaintext), grpc.StatusCode.UNAVAILABLE)


def curl_options(files, name):
    options = ["--cacert", f"{files}/ca.crt"]
    return options if name is None else [*options, "--cert", f"{files}/{name}.crt", "--key", f"{files}/{name}.key"]


def test_rest_speaks_tls_when_tls_is_on(tls_daemon, files):
    assert tls_daemon.curl("GET", "/v1/nullVolumes", options=curl_options(files, "client"))[0] == 200
    assert tls_daemon.curl("GET", "/metrics", options=curl_options(files, "client"))[0] == 200
    for name in ("stranger", None):
        with pytest.raises(subprocess.CalledProcessError):
            tls_daemon.curl("GET", "/v1/nullVolumes", options=curl_options(files, name))


def test_tls_1_2_is_the_least_on_both(tls_daemon, files):
    for port in (tls_daemon.grpc_port, tls_daemon.rest_port):
        def connects(version):
            done = subprocess.run(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", version, "-alpn", "h2", "-cipher",
                 "ALL:@SECLEVEL=0", "-CAfile", f"{files}/ca.crt", "-cert", f"{files}/client.crt", "-key",
                 f"{files}/client.key"], input="", capture_output=True, text=True, errors="replace", check=False, timeout=20)
            return done.returncode == 0 and "Cipher is (NONE)" not in done.stdout
        assert connects("-tls1_2"), port
        assert connects("-tls1_3"), port
        assert not connects("-tls1_1"), port
        assert not connects("-tls1"), port


def test_outrigger_speaks_tls(tls_daemon, files):
    assert tls_daemon.cli("--tls", paths(files, "client"), "list", "nullVolume", "-o", "name") == ""
    environment = {"OUTRIGGER_TLS": paths(files, "client")}
    assert tls_daemon.cli("list", "hosts", environment=environment) == "no hosts\n"
    assert "--tls" in tls_daemon.cli("list", "hosts", status=1)
    # The environment may be set for TCP: a UNIX socket speaks plaintext all the same.
    environment["OUTRIGGER_ADDRESS"] = tls_daemon.socket
    assert tls_daemon.cli("list", "hosts", environment=environment) == "no hosts\n"
    assert "cannot open" in tls_daemon.cli("--tls", "/a:/b:/c", "list", "hosts", status=2)


@pytest.mark.parametrize("tls, says", [
    ("only-one", "three paths"),
    ("a:b:c:d", "three paths"),
    ("a::c", "three paths"),
    ("{d}/none.crt:{d}/server.key:{d}/ca.crt", "none.crt"),
    ("{d}/server.crt:{d}/client.key:{d}/ca.crt", "does not belong"),
    ("{d}/server.key:{d}/server.key:{d}/ca.crt", "holds no certificate"),
    ("{d}/server.crt:{d}/server.crt:{d}/ca.crt", "holds no private key"),
])
def test_files_that_are_wrong_stop_the_start(files, tls, says):
    daemon = Daemon(tls=tls.format(d=files))
    try:
        assert says in daemon.fails_to_start()
    finally:
        daemon.remove()
