"""Discovery both ways (outrigger.v1): asking and following discovery controllers, and referring hosts to others. Two
real daemons: what comes and goes at one comes and goes at the other."""
import json
import socket
import struct
import subprocess
import threading
import time

import grpc
import opi
import pytest
from google.protobuf import field_mask_pb2
from outrigger.v1 import (nvme_discovery_pb2 as v1, nvme_discovery_pb2_grpc, nvme_pb2, nvme_pb2_grpc, nvme_remote_pb2,
                          nvme_remote_pb2_grpc, volume_pb2, volume_pb2_grpc)
from outrigger_daemon import Daemon, free_port, program
from storage import backend_nvme_pb2 as nvme, backend_nvme_pb2_grpc, frontend_nvme_pb2, frontend_nvme_pb2_grpc
from storage import opicommon_pb2

Code = grpc.StatusCode
WAIT_SECONDS = 60
FABRIC = "nvmeDiscoveries/fabric0"


def nqn(name):
    return f"nqn.2022-09.io.example:{name}"


def wait_for(what, condition):
    deadline = time.monotonic() + WAIT_SECONDS
    last = None
    while True:
        try:
            last = condition()
            if last:
                return last
        except grpc.RpcError as error:
            last = error
        assert time.monotonic() < deadline, f"{what}: {last}"
        time.sleep(0.1)


class Client:
    """The stubs of a daemon that follows, with the words of these tests."""

    def __init__(self, channel):
        self.stub = nvme_discovery_pb2_grpc.NvmeDiscoveryServiceStub(channel)
        self.referrals = nvme_discovery_pb2_grpc.NvmeReferralServiceStub(channel)
        self.remotes = nvme_remote_pb2_grpc.NvmeRemoteStateServiceStub(channel)
        self.backend = backend_nvme_pb2_grpc.NvmeRemoteControllerServiceStub(channel)
        self.volumes = volume_pb2_grpc.VolumeServiceStub(channel)

    def discover(self, port, **fields):
        return self.stub.DiscoverNvme(v1.DiscoverNvmeRequest(traddr="127.0.0.1", trsvcid=port, **fields), timeout=60)

    def follow(self, port, id_="fabric0", **fields):
        return self.stub.CreateNvmeDiscovery(v1.CreateNvmeDiscoveryRequest(
            nvme_discovery_id=id_,
            nvme_discovery=v1.NvmeDiscovery(traddr="127.0.0.1", trsvcid=port, **fields)), timeout=60)

    def get(self, name=FABRIC):
        return self.stub.GetNvmeDiscovery(v1.GetNvmeDiscoveryRequest(name=name))

    def delete(self, name=FABRIC):
        return self.stub.DeleteNvmeDiscovery(v1.DeleteNvmeDiscoveryRequest(name=name), timeout=60)

    def refer(self, port, id_="other", **fields):
        return self.referrals.CreateNvmeReferral(v1.CreateNvmeReferralRequest(
            nvme_referral_id=id_, nvme_referral=v1.NvmeReferral(traddr="127.0.0.1", trsvcid=port, **fields)))

    def states(self):
        """NQN → state of the remote controller that leads there."""
        listed = self.remotes.ListNvmeRemoteStates(nvme_remote_pb2.ListNvmeRemoteStatesRequest())
        return {state.subnqn: state for state in listed.nvme_remote_states}

    def live(self):
        """NQN → addresses of live paths, of those that have a volume."""
        live = nvme_remote_pb2.NvmePathState.LIVE
        return {name: sorted(path.address for path in state.paths if path.state == live)
                for name, state in self.states().items() if state.namespaces}

    def entry(self, name):
        return next((each for each in self.get().entries if each.subnqn == nqn(name)), v1.NvmeDiscoveryEntry())


class Target:
    """A daemon that serves memory volumes; discovery is at each of its addresses."""

    def __init__(self):
        self.daemon = Daemon().start()
        self.port = free_port()
        self.channel = self.daemon.channel()
        self.stub = frontend_nvme_pb2_grpc.FrontendNvmeServiceStub(self.channel)
        self.client = Client(self.channel)

    def serve(self, name, ports=None):
        opi.MALLOC.create(self.channel, name + "-vol", block_size=4096, blocks_count=256)
        self.stub.CreateNvmeSubsystem(frontend_nvme_pb2.CreateNvmeSubsystemRequest(
            nvme_subsystem_id=name, nvme_subsystem=frontend_nvme_pb2.NvmeSubsystem(
                spec=frontend_nvme_pb2.NvmeSubsystemSpec(nqn=nqn(name)))))
        self.stub.CreateNvmeNamespace(frontend_nvme_pb2.CreateNvmeNamespaceRequest(
            parent=f"nvmeSubsystems/{name}", nvme_namespace_id="space1",
            nvme_namespace=frontend_nvme_pb2.NvmeNamespace(
                spec=frontend_nvme_pb2.NvmeNamespaceSpec(volume_name_ref=name + "-vol"))))
        for port in ports or [self.port]:
            self.listen(name, port)

    def listen(self, name, port, traddr="127.0.0.1"):
        self.stub.CreateNvmeController(frontend_nvme_pb2.CreateNvmeControllerRequest(
            parent=f"nvmeSubsystems/{name}", nvme_controller_id=f"port{port}",
            nvme_controller=frontend_nvme_pb2.NvmeController(spec=frontend_nvme_pb2.NvmeControllerSpec(
                trtype=opicommon_pb2.NVME_TRANSPORT_TYPE_TCP, fabrics_id=opicommon_pb2.FabricsEndpoint(
                    traddr=traddr, trsvcid=str(port), adrfam=opicommon_pb2.NVME_ADDRESS_FAMILY_IPV4)))))

    def unlisten(self, name, port):
        self.stub.DeleteNvmeController(frontend_nvme_pb2.DeleteNvmeControllerRequest(
            name=f"nvmeSubsystems/{name}/nvmeControllers/port{port}"))

    def address(self, port=None):
        return f"127.0.0.1:{port or self.port}"

    def remove(self):
        self.channel.close()
        self.daemon.remove()


@pytest.fixture
def target():
    made = Target()
    yield made
    made.remove()


@pytest.fixture
def host():
    made = Daemon()
    yield made.start()
    made.remove()


@pytest.fixture
def client(host):
    with host.channel() as channel:
        yield Client(channel)


# -- asking

def test_asking_once(target, host, client):
    target.serve("disks")
    log = client.discover(target.port)
    assert [(record.subnqn, record.traddr, record.trsvcid) for record in log.records] == [
        (nqn("disks"), "127.0.0.1", str(target.port))]
    record = log.records[0]
    assert (record.trtype, record.adrfam, record.sectype, record.cntlid) == ("tcp", "ipv4", "none", 65535)
    assert record.subtype == v1.NvmeDiscoveryRecord.NVM and log.record_count == 1
    target.client.refer(4420, requires_tls=True, subnqn="nqn.2022-09.io.example:discovery")
    later = client.discover(target.port, hdgst=True, ddgst=True)
    assert later.generation > log.generation
    referral = later.records[1]
    assert referral.subtype == v1.NvmeDiscoveryRecord.REFERRAL and referral.trsvcid == "4420"
    assert referral.secure_channel == v1.NvmeDiscoveryRecord.REQUIRED and referral.sectype == "tls1.3"
    assert client.states() == {}, "nothing is connected"
    table = host.cli("discover", "-t", "tcp", "-a", "127.0.0.1", "-s", str(target.port))
    assert nqn("disks") in table and target.address() in table and "referral" in table
    shown = json.loads(host.cli("discover", target.address(), "-o", "json"))
    assert [each["subnqn"] for each in shown["records"]][0] == nqn("disks")
    status, answer = host.curl("POST", "/v1/nvmeDiscoveries:discover",
                               body={"traddr": "127.0.0.1", "trsvcid": target.port})
    assert status == 200 and answer["records"][0]["subnqn"] == nqn("disks")


def test_asking_tells_each_host_what_it_may_see(target, client):
    target.serve("disks")
    options = nvme_pb2_grpc.NvmeSubsystemOptionsServiceStub(target.channel)
    allowed = nqn("allowed")
    options.UpdateNvmeSubsystemOptions(nvme_pb2.UpdateNvmeSubsystemOptionsRequest(
        nvme_subsystem_options=nvme_pb2.NvmeSubsystemOptions(name="nvmeSubsystems/disks", hosts=[allowed])))
    before = client.discover(target.port)
    assert len(before.records) == 0
    assert len(client.discover(target.port, hostnqn=allowed).records) == 1
    options.UpdateNvmeSubsystemOptions(nvme_pb2.UpdateNvmeSubsystemOptionsRequest(
        nvme_subsystem_options=nvme_pb2.NvmeSubsystemOptions(name="nvmeSubsystems/disks", allow_any_host=True)))
    after = client.discover(target.port)
    assert len(after.records) == 1 and after.generation > before.generation


def test_a_port_at_every_address_is_told_by_the_one_that_was_asked(target, client):
    target.serve("disks")
    everywhere = free_port()
    target.listen("disks", everywhere, "0.0.0.0")
    for asked in ["127.0.0.1", "127.0.0.7"]:  # both are this machine's
        log = client.stub.DiscoverNvme(v1.DiscoverNvmeRequest(traddr=asked, trsvcid=everywhere), timeout=60)
        assert {(record.traddr, record.trsvcid) for record in log.records} == {
            ("127.0.0.1", str(target.port)), (asked, str(everywhere))}


def test_asking_who_is_no_discovery_controller(target, host, client):
    target.serve("disks")
    port = free_port()
    opi.refused(lambda: client.discover(port), Code.UNAVAILABLE, f"127.0.0.1:{port}", "refused")
    opi.refused(lambda: client.discover(target.port, subnqn=nqn("none")), Code.FAILED_PRECONDITION, "SUBNQN")
    opi.refused(lambda: client.stub.DiscoverNvme(v1.DiscoverNvmeRequest(traddr="localhost")), Code.INVALID_ARGUMENT,
                "discover_nvme_request.traddr: 'localhost' is not")
    opi.refused(lambda: client.stub.DiscoverNvme(v1.DiscoverNvmeRequest()), Code.INVALID_ARGUMENT)
    opi.refused(lambda: client.discover(70000), Code.INVALID_ARGUMENT, "not a TCP port")
    opi.refused(lambda: client.discover(port, hostnqn="me"), Code.INVALID_ARGUMENT, "hostnqn")
    with socket.create_server(("127.0.0.1", 0)) as liar:
        def lie():
            connection, _ = liar.accept()
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" * 8)
                connection.recv(4096)
        thread = threading.Thread(target=lie)
        thread.start()
        opi.refused(lambda: client.discover(liar.getsockname()[1]), Code.UNAVAILABLE, "no discovery log from 127.0.0.1")
        thread.join()
    said = host.cli("discover", f"127.0.0.1:{port}", status=1)
    assert "refused" in said
    host.cli("discover", "-t", "rdma", "-a", "127.0.0.1", status=2)


def test_asking_the_mute_ends_and_is_bounded(client):
    with socket.create_server(("127.0.0.1", 0), backlog=64) as mute:
        began = time.monotonic()
        calls = [client.stub.DiscoverNvme.future(
            v1.DiscoverNvmeRequest(traddr="127.0.0.1", trsvcid=mute.getsockname()[1]), timeout=60) for _ in range(12)]
        codes = sorted(call.code().name for call in calls)
        assert codes == ["RESOURCE_EXHAUSTED"] * 4 + ["UNAVAILABLE"] * 8
        assert time.monotonic() - began < 30


# -- following

def test_what_is_shown_comes_and_goes(target, host, client):
    target.serve("disks")
    client.follow(target.port)
    wait_for("the subsystem", lambda: client.live() == {nqn("disks"): [target.address()]})
    state = client.get()
    assert state.state == v1.NvmeDiscovery.FOLLOWING and state.entry_count == 1 and not state.state_reason
    entry = state.entries[0]
    assert entry.state == v1.NvmeDiscoveryEntry.MADE and entry.address == target.address()
    assert entry.path.startswith("nvmeRemoteControllers/fabric0-disks-")
    assert client.states()[nqn("disks")].name in entry.path
    # A subsystem and a port more, then a port and the subsystem less; without anybody asking for it here.
    second = free_port()
    target.serve("more", [target.port, second])
    wait_for("another", lambda: client.live().get(nqn("more")) == sorted([target.address(), target.address(second)]))
    assert client.get().generation > state.generation
    target.unlisten("more", second)
    wait_for("a path less", lambda: client.live().get(nqn("more")) == [target.address()])
    target.unlisten("more", target.port)
    wait_for("a subsystem less", lambda: set(client.states()) == {nqn("disks")})
    table = host.cli("list", "discovery")
    assert "fabric0" in table and "1 of 1" in table and "FOLLOWING" in table
    client.delete()
    assert client.states() == {}
    opi.refused(client.get, Code.NOT_FOUND)


def test_io_through_what_was_found(target, host, client):
    second = free_port()
    target.serve("disks", [target.port, second])
    client.follow(target.port)
    wait_for("both paths", lambda: len(client.live().get(nqn("disks"), [])) == 2)
    volume = client.states()[nqn("disks")].namespaces[0].volume_name
    port = free_port()
    host.cli("create", "subsystem", "front", "--nqn", nqn("front"))
    host.cli("create", "controller", "door1", "--subsystem", "front", "--address", "127.0.0.1", "--port", str(port))
    host.cli("create", "namespace", "space1", "--subsystem", "front", "--volume", volume)
    probe = program("NVME_HOST_PROBE", "../tests/load/nvme-host-probe")
    words = [probe, "--addr", "127.0.0.1", "--port", str(port), "--nqn", nqn("front"), "--verify", "4"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as running:
        target.unlisten("disks", second)  # a path goes meanwhile
        lines = [json.loads(line) for line in running.stdout]
    assert running.returncode == 0, lines
    verdicts = [line["ok"] for line in lines if line["event"] == "verify"]
    assert verdicts and all(verdicts)
    wait_for("a path less", lambda: client.live() == {nqn("disks"): [target.address()]})
    host.cli("delete", "namespace", "front/space1")
    client.delete()


def test_what_is_in_use_stays(target, host, client):
    target.serve("disks")
    client.follow(target.port)
    wait_for("the subsystem", lambda: client.live() == {nqn("disks"): [target.address()]})
    volume = client.states()[nqn("disks")].namespaces[0].volume_name
    with host.channel() as channel:
        opi.QOS.call(channel, "Create", qos_volume=opi.qos_volume(volume), qos_volume_id="limited")
        opi.refused(client.delete, Code.FAILED_PRECONDITION, volume, "in use by volumes/limited")
        path = client.states()[nqn("disks")].paths[0].name
        opi.refused(lambda: client.backend.DeleteNvmePath(nvme.DeleteNvmePathRequest(name=path)),
                    Code.FAILED_PRECONDITION, f"was made by {FABRIC}")
        # Gone at the target, kept here, and said so; the discovery service is at another port meanwhile.
        second = free_port()
        target.serve("door", [target.port, second])
        wait_for("the other", lambda: nqn("door") in client.live())
        target.unlisten("disks", target.port)
        gone = wait_for("the mark", lambda: client.entry("disks").state == v1.NvmeDiscoveryEntry.GONE
                        and client.entry("disks"))
        assert "volumes/limited: delete it first" in gone.state_reason
        assert nqn("disks") in client.states()
        opi.QOS.delete(channel, "volumes/limited")
    wait_for("its end", lambda: nqn("disks") not in client.states())
    client.delete()


def test_through_restarts_and_kills(target, host, client):
    target.serve("disks")
    client.follow(target.port)
    wait_for("the subsystem", lambda: client.live() == {nqn("disks"): [target.address()]})
    name = client.states()[nqn("disks")].name
    target.daemon.kill()
    wait_for("the loss", lambda: client.get().state == v1.NvmeDiscovery.CONNECTING)
    assert client.get().state_reason
    assert nqn("disks") in client.states(), "a discovery controller that is away changes nothing"
    host.restart_after_kill()
    with host.channel() as channel:
        again = Client(channel)
        assert again.get().state == v1.NvmeDiscovery.CONNECTING
        assert nqn("disks") in again.states()
        target.daemon.start()
        wait_for("its return", lambda: again.live() == {nqn("disks"): [target.address()]})
        assert again.states()[nqn("disks")].name == name
        wait_for("following", lambda: again.get().state == v1.NvmeDiscovery.FOLLOWING)
        again.delete()
        assert again.states() == {}


def test_what_a_client_made_stays_whatever_it_is_called(target, host, client):
    target.serve("disks")
    target.serve("others")  # so that somebody listens to the end
    client.backend.CreateNvmeRemoteController(nvme.CreateNvmeRemoteControllerRequest(
        nvme_remote_controller_id="fabric0-backup-20261101",
        nvme_remote_controller=nvme.NvmeRemoteController(multipath=nvme.NVME_MULTIPATH_MULTIPATH)))

    def names(of):
        listed = of.backend.ListNvmeRemoteControllers(nvme.ListNvmeRemoteControllersRequest())
        return {each.name for each in listed.nvme_remote_controllers}

    backup = "nvmeRemoteControllers/fabric0-backup-20261101"
    client.follow(target.port, subnqns=[nqn("disks")])
    wait_for("the subsystem", lambda: nqn("disks") in client.live())
    made = client.states()[nqn("disks")].name
    host.restart_after_kill()
    with host.channel() as channel:
        again = Client(channel)
        options = nvme_remote_pb2_grpc.NvmeRemoteControllerOptionsServiceStub(channel)
        makers = {name: options.GetNvmeRemoteControllerOptions(
            nvme_remote_pb2.GetNvmeRemoteControllerOptionsRequest(name=name)).nvme_discovery for name in names(again)}
        assert makers == {backup: "", made: FABRIC}
        wait_for("following", lambda: again.get().state == v1.NvmeDiscovery.FOLLOWING)
        target.unlisten("disks", target.port)
        wait_for("the subsystem's end", lambda: names(again) == {backup})
        again.delete()
        assert names(again) == {backup}


def test_referrals_are_followed_without_going_round(target, host, client):
    target.serve("disks")
    other = Target()
    try:
        other.serve("beyond")
        client.follow(target.port)
        wait_for("the first", lambda: set(client.live()) == {nqn("disks")})
        target.client.refer(other.port)
        other.client.refer(target.port)  # back again
        wait_for("the second", lambda: set(client.live()) == {nqn("disks"), nqn("beyond")})
        sources = client.get().sources
        assert [(source.address, source.depth) for source in sources] == [(target.address(), 0), (other.address(), 1)]
        # A referral that leads nowhere changes nothing of the rest, and says so.
        port = free_port()
        target.client.refer(port, "nowhere")
        wait_for("the lost one", lambda: client.get().state == v1.NvmeDiscovery.CONNECTING
                 and f"127.0.0.1:{port}" in client.get().state_reason)
        assert set(client.live()) == {nqn("disks"), nqn("beyond")}
        target.client.referrals.DeleteNvmeReferral(v1.DeleteNvmeReferralRequest(name="nvmeReferrals/nowhere"))
        target.client.referrals.DeleteNvmeReferral(v1.DeleteNvmeReferralRequest(name="nvmeReferrals/other"))
        wait_for("the second's end", lambda: set(client.states()) == {nqn("disks")})
        assert len(client.get().sources) == 1
    finally:
        other.remove()


def test_filters_and_what_is_there_already(target, host, client):
    target.serve("disks")
    target.serve("tapes")
    host.cli("connect", target.address(), "--nqn", nqn("tapes"))
    client.follow(target.port, subnqns=[nqn("tapes")])
    wait_for("its verdict", lambda: client.entry("tapes").state == v1.NvmeDiscoveryEntry.IGNORED
             and "nvmeRemoteControllers/nvme0 leads there already" in client.entry("tapes").state_reason)
    assert set(client.states()) == {nqn("tapes")}
    client.stub.UpdateNvmeDiscovery(v1.UpdateNvmeDiscoveryRequest(
        nvme_discovery=v1.NvmeDiscovery(name=FABRIC), update_mask=field_mask_pb2.FieldMask(paths=["subnqns"])))
    wait_for("the rest", lambda: set(client.live()) == {nqn("tapes"), nqn("disks")})
    host.cli("disconnect", "nvme0")
    wait_for("its place taken", lambda: client.entry("tapes").state == v1.NvmeDiscoveryEntry.MADE)
    client.stub.UpdateNvmeDiscovery(v1.UpdateNvmeDiscoveryRequest(
        nvme_discovery=v1.NvmeDiscovery(name=FABRIC, subnqns=[nqn("disks")]),
        update_mask=field_mask_pb2.FieldMask(paths=["subnqns"])))
    wait_for("only what is wanted", lambda: set(client.states()) == {nqn("disks")})
    opi.refused(lambda: client.stub.UpdateNvmeDiscovery(v1.UpdateNvmeDiscoveryRequest(
        nvme_discovery=v1.NvmeDiscovery(name=FABRIC, traddr="192.0.2.1"),
        update_mask=field_mask_pb2.FieldMask(paths=["traddr"]))), Code.INVALID_ARGUMENT, "is fixed since its creation")


def test_values_that_cannot_be(client):
    for fields, words in [({"traddr": "localhost"}, "is not an IPv4 or IPv6 address"),
                          ({"traddr": "192.0.2.1", "trsvcid": 70000}, "is not a TCP port"),
                          ({"traddr": "192.0.2.1", "hostnqn": "me"}, "hostnqn"),
                          ({"traddr": "192.0.2.1", "subnqns": ["x"]}, "subnqns"),
                          ({"traddr": "192.0.2.1", "queue_size": 1}, "queue_size")]:
        opi.refused(lambda: client.stub.CreateNvmeDiscovery(v1.CreateNvmeDiscoveryRequest(
            nvme_discovery=v1.NvmeDiscovery(**fields))), Code.INVALID_ARGUMENT, words)
    opi.refused(lambda: client.follow(4420, "x" * 37), Code.INVALID_ARGUMENT, "at most 36")
    client.refer(4420)
    opi.refused(lambda: client.refer(4420, "same"), Code.ALREADY_EXISTS, "nvmeReferrals/other refers to")
    assert client.refer(4421, "same").name == "nvmeReferrals/same"
    client.referrals.UpdateNvmeReferral(v1.UpdateNvmeReferralRequest(
        nvme_referral=v1.NvmeReferral(name="nvmeReferrals/same", requires_tls=True)))
    listed = client.referrals.ListNvmeReferrals(v1.ListNvmeReferralsRequest()).nvme_referrals
    assert [(each.name, each.requires_tls) for each in listed] == [("nvmeReferrals/other", False),
                                                                   ("nvmeReferrals/same", True)]


# -- a discovery controller that means no good

class Liar:
    """Speaks just enough NVMe/TCP to be a discovery controller whose log is `page(offset, length)`."""

    def __init__(self, page):
        self.page = page
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    @staticmethod
    def receive(connection, count):
        data = b""
        while len(data) < count:
            piece = connection.recv(count - len(data))
            if not piece:
                raise ConnectionError
            data += piece
        return data

    def serve(self, connection):
        try:
            with connection:
                self.receive(connection, 128)
                connection.sendall(struct.pack("<BBBBIHBBI", 1, 0, 128, 0, 128, 0, 0, 0, 65536).ljust(128, b"\0"))
                while True:
                    header = self.receive(connection, 8)
                    self.answer(connection, self.receive(connection, struct.unpack_from("<I", header, 4)[0] - 8))
        except (ConnectionError, OSError):
            pass

    def answer(self, connection, capsule):
        opcode, cid = capsule[0], struct.unpack_from("<H", capsule, 2)[0]
        result, data = 0, None
        if opcode == 0x7F:
            kind, offset = capsule[4], struct.unpack_from("<I", capsule, 44)[0]
            if kind == 0x01:  # Connect
                result = self.connect_result
            elif kind == 0x04:  # Property Get: CAP, VS, CC, CSTS
                result = {0: 0x2001_003F, 8: 0x0002_0000, 0x14: 0, 0x1C: 1 if self.enabled else 0}.get(offset, 0)
            elif kind == 0x00 and offset == 0x14:
                self.enabled = struct.unpack_from("<Q", capsule, 48)[0] & 1
        elif opcode == 0x06:
            data = bytearray(4096)
            struct.pack_into("<H", data, 78, 1)  # CNTLID
        elif opcode == 0x02:
            length = (struct.unpack_from("<I", capsule, 40)[0] >> 16 | struct.unpack_from("<H", capsule, 44)[0] << 16) + 1
            data = self.page(struct.unpack_from("<Q", capsule, 48)[0], length * 4)
        elif opcode == 0x0C:
            return  # asynchronous event request: never answered
        if data is not None:
            connection.sendall(struct.pack("<BBBBIHHII", 7, 4, 24, 24, 24 + len(data), cid, 0, 0, len(data)).ljust(24, b"\0")
                               + data)
        connection.sendall(struct.pack("<BBBBI", 5, 0, 24, 0, 24) + struct.pack("<QHHHH", result, 0, 0, cid, 0))

    enabled = 0
    connect_result = 1  # CNTLID, and whether authentication is required

    def close(self):
        self.server.close()


def log_bytes(generation, count, records):
    return struct.pack("<QQH", generation, count, 0).ljust(1024, b"\0") + b"".join(records)


def record_bytes(subtype, traddr, trsvcid, subnqn):
    return (bytes([3, 1, subtype, 0]) + struct.pack("<HHH", 1, 0xFFFF, 32)).ljust(32, b"\0") + (
        trsvcid.encode().ljust(32, b" ") + bytes(192) + subnqn.encode().ljust(256, b"\0")
        + traddr.encode().ljust(256, b" ") + bytes(256))


def cut(log, offset, length):
    return log[offset:offset + length].ljust(length, b"\0")


def test_a_log_that_never_settles(client):
    generation = iter(range(10**9))
    liar = Liar(lambda offset, length: cut(log_bytes(next(generation), 1, [bytes(1024)]), offset, length))
    try:
        opi.refused(lambda: client.discover(liar.port), Code.FAILED_PRECONDITION, "changed whenever it was read")
        client.follow(liar.port)
        wait_for("the reason", lambda: "changed whenever it was read" in client.get().state_reason)
        client.delete()
    finally:
        liar.close()


def test_a_log_of_endless_records(client):
    liar = Liar(lambda offset, length: cut(log_bytes(7, 2**63, []), offset, length))
    try:
        log = client.discover(liar.port)
        assert log.record_count == 2**63 and len(log.records) == 4096
        client.follow(liar.port)
        wait_for("the end of it", lambda: client.get().state == v1.NvmeDiscovery.FOLLOWING)
        assert client.get().entry_count == 0 and client.states() == {}
        client.delete()
    finally:
        liar.close()


def test_referrals_without_end(client):
    discovery = "nqn.2014-08.org.nvmexpress.discovery"
    liars = []
    def next_page(number):
        def page(offset, length):
            refer = [record_bytes(1, "127.0.0.1", str(liars[(number + i) % len(liars)].port), discovery)
                     for i in range(1, 8)]
            mine = [record_bytes(2, "256.1.1.1", "4420", nqn("a")), record_bytes(2, "127.0.0.1", "0", nqn("b")),
                    record_bytes(2, "127.0.0.1", "4420", "not a name"), record_bytes(9, "127.0.0.1", "1", nqn("c"))]
            return cut(log_bytes(1, len(refer) + 4, refer + mine), offset, length)
        return page
    liars.extend(Liar(next_page(number)) for number in range(40))
    try:
        client.follow(liars[0].port)
        wait_for("as many as are followed", lambda: len(client.get().sources) == 16
                 and client.get().state == v1.NvmeDiscovery.FOLLOWING)
        assert max(source.depth for source in client.get().sources) <= 4
        assert client.get().entry_count == 0 and client.states() == {}
        client.delete()
    finally:
        for liar in liars:
            liar.close()


# -- the command line

def test_connect_all(target, host, client):
    target.serve("disks")
    target.serve("tapes")
    other = Target()
    try:
        other.serve("beyond")
        target.client.refer(other.port)
        target.client.refer(free_port(), "nowhere")
        said = host.run_cli("connect-all", "-t", "tcp", "-a", "127.0.0.1", "-s", str(target.port))
        assert said.returncode == 1 and "1 could not be connected to" in said.stderr
        assert nqn("disks") in said.stdout and nqn("beyond") in said.stdout
        assert set(client.live()) == {nqn("disks"), nqn("tapes"), nqn("beyond")}
        target.client.referrals.DeleteNvmeReferral(v1.DeleteNvmeReferralRequest(name="nvmeReferrals/nowhere"))
        host.cli("connect-all", target.address())  # again: nothing to do
        assert all(len(paths) == 1 for paths in client.live().values())
        host.cli("disconnect", "nvme0", "nvme1", "nvme2")
        host.cli("connect-all", target.address(), "--persistent", "--id", "fabric0", "-n", nqn("disks"))
        wait_for("what is followed", lambda: set(client.live()) == {nqn("disks")})
        assert nqn("disks") in host.cli("get", "discovery", "fabric0", "-o", "yaml")
        assert "fabric0 deleted" in host.cli("delete", "discovery", "fabric0")
        assert client.states() == {}
    finally:
        other.remove()
