"""OPI's NvmeRemoteControllerService and what outrigger.v1 adds to it: its rules, and two daemons of which one uses the
volumes of the other, through kills of both."""
import json
import socket
import threading
import time

import grpc
import opi
import pytest
from google.protobuf import field_mask_pb2
from outrigger.v1 import nvme_remote_pb2 as v1, nvme_remote_pb2_grpc, volume_pb2, volume_pb2_grpc
from outrigger_daemon import Daemon, free_port
from storage import (backend_nvme_pb2 as nvme, backend_nvme_pb2_grpc, frontend_nvme_pb2, frontend_nvme_pb2_grpc,
                     opicommon_pb2)

Code = grpc.StatusCode
NQN = "nqn.2022-09.io.example:target"
REMOTE = "nvmeRemoteControllers/nvme0"
WAIT_SECONDS = 30
PSK = b"NVMeTLSkey-1:01:VRLbtnN9AQb2WXW3c9+wEf/DRLz0QuLdbYvEhwtdWwNf9LrZ:"


class Client:
    """The stubs, with the words of these tests."""

    def __init__(self, channel):
        self.stub = backend_nvme_pb2_grpc.NvmeRemoteControllerServiceStub(channel)
        self.options = nvme_remote_pb2_grpc.NvmeRemoteControllerOptionsServiceStub(channel)
        self.states = nvme_remote_pb2_grpc.NvmeRemoteStateServiceStub(channel)
        self.volumes = volume_pb2_grpc.VolumeServiceStub(channel)

    def controller(self, id_="nvme0", multipath=nvme.NVME_MULTIPATH_MULTIPATH, **fields):
        return self.stub.CreateNvmeRemoteController(nvme.CreateNvmeRemoteControllerRequest(
            nvme_remote_controller_id=id_,
            nvme_remote_controller=nvme.NvmeRemoteController(multipath=multipath, **fields)))

    def path(self, port, id_="path1", parent=REMOTE, traddr="127.0.0.1", subnqn=NQN, **fabrics):
        return self.stub.CreateNvmePath(nvme.CreateNvmePathRequest(
            parent=parent, nvme_path_id=id_, nvme_path=nvme.NvmePath(
                trtype=opicommon_pb2.NVME_TRANSPORT_TYPE_TCP, traddr=traddr, fabrics=nvme.FabricsPath(
                    trsvcid=port, subnqn=subnqn, adrfam=opicommon_pb2.NVME_ADDRESS_FAMILY_IPV4, **fabrics))), timeout=30)

    def state(self, name=REMOTE):
        return self.states.GetNvmeRemoteState(v1.GetNvmeRemoteStateRequest(name=name))

    def volume(self, name):
        return self.volumes.GetVolume(volume_pb2.GetVolumeRequest(name=name))

    def delete_path(self, name):
        return self.stub.DeleteNvmePath(nvme.DeleteNvmePathRequest(name=name))

    def delete_controller(self, name=REMOTE):
        return self.stub.DeleteNvmeRemoteController(nvme.DeleteNvmeRemoteControllerRequest(name=name))


def wait_for(what, condition):
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            if condition():
                return
        except grpc.RpcError:
            pass
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


# -- the rules, against a daemon that connects to nobody

@pytest.fixture
def client(channel):
    made = Client(channel)
    yield made
    for state in made.states.ListNvmeRemoteStates(v1.ListNvmeRemoteStatesRequest()).nvme_remote_states:
        for path in state.paths:
            made.delete_path(path.name)
        made.delete_controller(state.name)


def test_life_of_a_controller(client):
    opi.refused(lambda: client.stub.CreateNvmeRemoteController(nvme.CreateNvmeRemoteControllerRequest(
        nvme_remote_controller=nvme.NvmeRemoteController(queue_size=128))), Code.INVALID_ARGUMENT,
        "missing required field: nvme_remote_controller.multipath")
    made = client.controller(tcp=nvme.TcpController(hdgst=True, psk=PSK))
    assert made.name == REMOTE and made.tcp.hdgst and made.tcp.psk == b""
    assert client.controller(multipath=nvme.NVME_MULTIPATH_DISABLE).multipath == nvme.NVME_MULTIPATH_MULTIPATH
    made.multipath = nvme.NVME_MULTIPATH_FAILOVER
    changed = client.stub.UpdateNvmeRemoteController(nvme.UpdateNvmeRemoteControllerRequest(
        nvme_remote_controller=made, update_mask=field_mask_pb2.FieldMask(paths=["*"])))
    assert changed.multipath == nvme.NVME_MULTIPATH_FAILOVER
    got = client.stub.GetNvmeRemoteController(nvme.GetNvmeRemoteControllerRequest(name=REMOTE))
    assert got == changed
    listed = client.stub.ListNvmeRemoteControllers(nvme.ListNvmeRemoteControllersRequest())
    assert [item.name for item in listed.nvme_remote_controllers] == [REMOTE]
    client.stub.ResetNvmeRemoteController(nvme.ResetNvmeRemoteControllerRequest(name=REMOTE))
    stats = client.stub.StatsNvmeRemoteController(nvme.StatsNvmeRemoteControllerRequest(name=REMOTE)).stats
    assert stats.read_ops_count == 0
    client.delete_controller()
    opi.refused(client.delete_controller, Code.NOT_FOUND, f"unable to find key {REMOTE}")
    opi.refused(lambda: client.stub.ResetNvmeRemoteController(nvme.ResetNvmeRemoteControllerRequest(name=REMOTE)),
                Code.NOT_FOUND, f"unable to find key {REMOTE}")


def test_paths_that_cannot_be(client):
    opi.refused(lambda: client.path(4420, parent="nvmeRemoteControllers/none"), Code.NOT_FOUND,
                "unable to find NvmeRemoteController by key")
    client.controller()
    opi.refused(lambda: client.path(4420, traddr="localhost"), Code.INVALID_ARGUMENT, "is not an IPv4 address")
    opi.refused(lambda: client.path(4420, subnqn="target"), Code.INVALID_ARGUMENT, "does not match pattern")
    opi.refused(lambda: client.path(free_port()), Code.UNAVAILABLE, "no path to 127.0.0.1")
    assert not client.state().paths, "nothing is left behind"


def test_a_target_that_says_nothing(client):
    client.controller()
    client.options.UpdateNvmeRemoteControllerOptions(v1.UpdateNvmeRemoteControllerOptionsRequest(
        nvme_remote_controller_options=v1.NvmeRemoteControllerOptions(name=REMOTE, connect_timeout_ms=300)))
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began = time.monotonic()
        opi.refused(lambda: client.path(mute.getsockname()[1]), Code.UNAVAILABLE, "no path to 127.0.0.1")
        assert time.monotonic() - began < 5
    assert not client.state().paths


def test_a_target_that_speaks_nonsense(client):
    client.controller()
    with socket.create_server(("127.0.0.1", 0)) as liar:
        def lie():
            connection, _ = liar.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 8)
                connection.recv(4096)
        thread = threading.Thread(target=lie)
        thread.start()
        opi.refused(lambda: client.path(liar.getsockname()[1]), Code.UNAVAILABLE, "no path to 127.0.0.1")
        thread.join()


def test_rest(daemon, client):
    client.controller()
    status, answer = daemon.curl("POST", f"/v1/{REMOTE}:reset", body={})
    assert (status, answer) == (200, {})
    status, answer = daemon.curl("GET", f"/v1/{REMOTE}/nvmeRemoteNamespaces")
    assert status == 200 and answer["nvmeRemoteNamespaces"] == []
    status, answer = daemon.curl("GET", f"/v1/{REMOTE}/state")
    assert status == 200 and answer["state"] == "READY"
    status, answer = daemon.curl("GET", f"/v1/{REMOTE}:stats")
    assert status == 200 and "stats" in answer


def test_cli_leaves_nothing_of_a_connection_that_failed(daemon, client):
    port = free_port()
    said = daemon.cli("connect", f"127.0.0.1:{port}", "--nqn", NQN, status=1)
    assert f"no path to 127.0.0.1:{port}" in said
    assert daemon.cli("list", "remote", "-o", "name") == ""
    assert "not a TCP port" in daemon.cli("connect", "127.0.0.1:0", "--nqn", NQN, status=2)


# -- two daemons

class Target:
    """A daemon that serves a volume: one in memory, or one that it has."""

    def __init__(self, daemon=None, volume=None):
        self.daemon = daemon or Daemon().start()
        self.port = free_port()
        with self.daemon.channel() as channel:
            if volume is None:
                opi.MALLOC.create(channel, "shared", block_size=4096, blocks_count=1024)
            self.serve(channel, volume or "shared")

    def serve(self, channel, volume):
        stub = frontend_nvme_pb2_grpc.FrontendNvmeServiceStub(channel)
        stub.CreateNvmeSubsystem(frontend_nvme_pb2.CreateNvmeSubsystemRequest(
            nvme_subsystem_id="sub1", nvme_subsystem=frontend_nvme_pb2.NvmeSubsystem(
                spec=frontend_nvme_pb2.NvmeSubsystemSpec(nqn=NQN))))
        self.listen(stub, "ctrl1", self.port)
        self.add(stub, "space1", volume)

    def listen(self, stub, id_, port):
        return stub.CreateNvmeController(frontend_nvme_pb2.CreateNvmeControllerRequest(
            parent="nvmeSubsystems/sub1", nvme_controller_id=id_, nvme_controller=frontend_nvme_pb2.NvmeController(
                spec=frontend_nvme_pb2.NvmeControllerSpec(
                    trtype=opicommon_pb2.NVME_TRANSPORT_TYPE_TCP, fabrics_id=opicommon_pb2.FabricsEndpoint(
                        traddr="127.0.0.1", trsvcid=str(port),
                        adrfam=opicommon_pb2.NVME_ADDRESS_FAMILY_IPV4)))))

    def add(self, stub, id_, volume):
        return stub.CreateNvmeNamespace(frontend_nvme_pb2.CreateNvmeNamespaceRequest(
            parent="nvmeSubsystems/sub1", nvme_namespace_id=id_, nvme_namespace=frontend_nvme_pb2.NvmeNamespace(
                spec=frontend_nvme_pb2.NvmeNamespaceSpec(volume_name_ref=volume))))


@pytest.fixture
def target():
    made = Target()
    yield made
    made.daemon.remove()


@pytest.fixture
def host():
    made = Daemon()
    yield made.start()
    made.remove()


def is_live(client):
    paths = client.state().paths
    return len(paths) == 1 and paths[0].state == v1.NvmePathState.LIVE


def test_a_volume_of_another_daemon(target, host):
    with host.channel() as channel:
        client = Client(channel)
        client.controller(tcp=nvme.TcpController(hdgst=True, ddgst=True))
        opi.refused(lambda: client.path(target.port, subnqn="nqn.2022-09.io.example:other"), Code.FAILED_PRECONDITION,
                    "no path to 127.0.0.1")
        assert client.path(target.port).name == f"{REMOTE}/nvmePaths/path1"
        volume = client.volume("nvme0n1")
        assert (volume.kind, volume.block_size, volume.blocks_count) == ("nvme", 4096, 1024)
        assert volume.state == volume_pb2.Volume.READY
        spaces = client.stub.ListNvmeRemoteNamespaces(nvme.ListNvmeRemoteNamespacesRequest(parent=REMOTE))
        assert [space.nsid for space in spaces.nvme_remote_namespaces] == [1]
        assert spaces.nvme_remote_namespaces[0].uuid == volume.uuid
        opi.QOS.call(channel, "Create", qos_volume=opi.qos_volume(volume.uuid), qos_volume_id="limited")
        opi.refused(lambda: client.delete_path(f"{REMOTE}/nvmePaths/path1"), Code.FAILED_PRECONDITION,
                    "in use by volumes/limited")
        opi.refused(client.delete_controller, Code.FAILED_PRECONDITION, "NvmePaths exist for controller")
        # A namespace more is a volume more, and one less is one less.
        with target.daemon.channel() as other:
            stub = frontend_nvme_pb2_grpc.FrontendNvmeServiceStub(other)
            opi.MALLOC.create(other, "another")
            space = target.add(stub, "space2", "another")
            wait_for("the new namespace", lambda: client.volume("nvme0n2").state == volume_pb2.Volume.READY)
            stub.DeleteNvmeNamespace(frontend_nvme_pb2.DeleteNvmeNamespaceRequest(name=space.name))
        wait_for("its end", lambda: len(client.state().namespaces) == 1)
        # Other digests, without a moment in which it is away.
        client.stub.UpdateNvmeRemoteController(nvme.UpdateNvmeRemoteControllerRequest(
            nvme_remote_controller=nvme.NvmeRemoteController(name=REMOTE, tcp=nvme.TcpController()),
            update_mask=field_mask_pb2.FieldMask(paths=["tcp"])))
        assert is_live(client) and client.volume("limited").state == volume_pb2.Volume.READY
        client.stub.ResetNvmeRemoteController(nvme.ResetNvmeRemoteControllerRequest(name=REMOTE))
        wait_for("the path after a reset", lambda: is_live(client) and client.state().paths[0].connects >= 2)
        subject = [each for each in json.loads(json.dumps(host.curl("GET", "/v1/telemetry")[1]))["subjects"]
                   if each["kind"] == "nvme-path"]
        assert [each["name"] for each in subject] == [f"{REMOTE}/nvmePaths/path1"]
        opi.QOS.delete(channel, "volumes/limited")
        client.delete_path(f"{REMOTE}/nvmePaths/path1")
        opi.refused(lambda: client.volume("nvme0n1"), Code.NOT_FOUND)
        client.delete_controller()


def test_everything_comes_back_after_kills(target, host):
    with host.channel() as channel:
        client = Client(channel)
        client.controller()
        client.path(target.port)
        hostnqn = client.state().hostnqn
        uuid = client.volume("nvme0n1").uuid
        opi.QOS.call(channel, "Create", qos_volume=opi.qos_volume("nvme0n1"), qos_volume_id="limited")
    host.restart_after_kill()
    with host.channel() as channel:
        client = Client(channel)
        wait_for("the volume after a kill of its user",
                 lambda: client.volume("limited").state == volume_pb2.Volume.READY)
        assert client.volume("nvme0n1").uuid == uuid
        assert client.state().hostnqn == hostnqn, "targets know us by it"
        target.daemon.kill()
        wait_for("the loss", lambda: client.state().paths[0].state == v1.NvmePathState.RECONNECTING)
        assert client.state().state == v1.NvmeRemoteState.OFFLINE
        assert client.state().paths[0].state_reason
        assert client.volume("nvme0n1").state == volume_pb2.Volume.OFFLINE
    # While the target is away, a start is none the worse for it.
    host.restart_after_kill()
    with host.channel() as channel:
        client = Client(channel)
        assert client.volume("limited").state == volume_pb2.Volume.FAILED
        assert "no path to it is live" in client.volume("limited").state_reason
        target.daemon.start()
        wait_for("the path", lambda: is_live(client))
        wait_for("the volume", lambda: client.volume("limited").state == volume_pb2.Volume.READY)


def test_cli(target, host):
    said = host.cli("connect", f"127.0.0.1:{target.port}", "--nqn", NQN)
    assert "nvme0n1" in said and "1 of 1" in said
    table = host.cli("list", "paths")
    assert f"127.0.0.1:{target.port}" in table and "LIVE" in table
    assert "nvme0n1" in host.cli("list", "volumes")
    host.cli("create", "volume", "limited", "--kind", "qos", "--on", "nvme0n1", "--limit", "5KIOPS")
    assert "limited" in host.cli("disconnect", "nvme0", status=1), "in use, and by whom"
    host.cli("delete", "volume", "limited")
    assert "nvme0 deleted" in host.cli("disconnect", "nvme0")
    assert host.cli("list", "volumes", "-o", "name") == ""


def test_cli_takes_no_path_of_what_is_in_use(target, host):
    """Two paths, of which one is down: a disconnect that is refused leaves both, and the volume READY."""
    port = free_port()
    with target.daemon.channel() as channel:
        stub = frontend_nvme_pb2_grpc.FrontendNvmeServiceStub(channel)
        second = target.listen(stub, "ctrl2", port)
        host.cli("connect", f"127.0.0.1:{target.port}", "--nqn", NQN, "--path", "path1")
        host.cli("connect", f"127.0.0.1:{port}", "--nqn", NQN, "--path", "path2")
        stub.DeleteNvmeController(frontend_nvme_pb2.DeleteNvmeControllerRequest(name=second.name))
    host.cli("create", "volume", "limited", "--kind", "qos", "--on", "nvme0n1", "--limit", "5KIOPS")
    with host.channel() as channel:
        client = Client(channel)
        wait_for("the loss of one", lambda: [path.state for path in client.state().paths] == [
            v1.NvmePathState.LIVE, v1.NvmePathState.RECONNECTING])
        for words in (["nvme0"], ["nvme0/path1"], ["nvme0/path2", "nvme0/path1"]):
            said = host.cli("disconnect", *words, status=1)
            assert "in use: nvme0n1 by volumes/limited" in said and "nothing was taken away" in said
            assert len(client.state().paths) == 2
        opi.refused(lambda: client.delete_path(f"{REMOTE}/nvmePaths/path1"), Code.FAILED_PRECONDITION,
                    "is the last live path to volumes/nvme0n1, which is in use by volumes/limited")
        assert client.volume("limited").state == volume_pb2.Volume.READY
    host.cli("delete", "volume", "limited")
    assert host.cli("disconnect", "nvme0") == (
        "nvmePath nvme0/path2 deleted\nnvmePath nvme0/path1 deleted\nnvmeRemoteController nvme0 deleted\n")


def test_cli_says_what_a_second_connect_cannot_change(target, host):
    host.cli("connect", f"127.0.0.1:{target.port}", "--nqn", NQN, "--hdgst", "--timeout", "7")
    again = ("connect", f"127.0.0.1:{free_port()}", "--nqn", NQN)
    said = host.cli(*again, "--multipath", "failover", "--hdgst", "--ddgst", "--queues", "1", status=2)
    assert "otherwise than --multipath, --ddgst, --queues says" in said
    command = said[said.index("`outrigger ") + 11:said.rindex("`")].split()
    assert host.cli(*command)
    assert "no path to" in host.cli(*again, "--multipath", "failover", "--hdgst", "--ddgst", "--queues", "1", status=1)
    assert "connect_timeout_ms=8000`" in host.cli(*again, "--timeout", "8", status=2)
    controller = json.loads(host.cli("get", "nvmeRemoteController", "nvme0", "-o", "json"))
    assert controller["tcp"]["hdgst"] and controller["tcp"]["ddgst"] and controller["multipath"] == "NVME_MULTIPATH_FAILOVER"
    options = json.loads(host.cli("get", "nvmeRemoteControllerOptions", "nvme0", "-o", "json"))
    assert options["connectTimeoutMs"] == 7000
    assert "nvme0 begins anew" in host.cli("reset", "nvme0")
    assert "unable to find key" in host.cli("reset", "nvme1", status=1)
    with host.channel() as channel:
        client = Client(channel)
        wait_for("the path after a reset", lambda: is_live(client) and client.state().paths[0].connects >= 2)
