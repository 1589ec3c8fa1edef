"""OPI's FrontendNvmeService and what outrigger.v1 adds to it: over gRPC, REST and `outrigger`, with hosts that knock."""
import json
import time

import grpc
import nvme_tcp
import opi
import pytest
from google.protobuf import field_mask_pb2, wrappers_pb2
from outrigger.v1 import nvme_pb2, nvme_pb2_grpc
from outrigger_daemon import Daemon, free_port
from storage import frontend_nvme_pb2 as nvme, frontend_nvme_pb2_grpc, opicommon_pb2

Code = grpc.StatusCode
SUB = "nvmeSubsystems/sub1"


def nqn(name):
    return f"nqn.2022-09.io.example:{name}"


class Client:
    """The stubs, with the words of these tests."""

    def __init__(self, channel):
        self.stub = frontend_nvme_pb2_grpc.FrontendNvmeServiceStub(channel)
        self.subsystem_options = nvme_pb2_grpc.NvmeSubsystemOptionsServiceStub(channel)
        self.controller_options = nvme_pb2_grpc.NvmeControllerOptionsServiceStub(channel)
        self.namespace_options = nvme_pb2_grpc.NvmeNamespaceOptionsServiceStub(channel)
        self.states = nvme_pb2_grpc.NvmeStateServiceStub(channel)

    def subsystem(self, id_, **spec):
        spec.setdefault("nqn", nqn(id_ or "unnamed"))
        return self.stub.CreateNvmeSubsystem(nvme.CreateNvmeSubsystemRequest(
            nvme_subsystem_id=id_, nvme_subsystem=nvme.NvmeSubsystem(spec=nvme.NvmeSubsystemSpec(**spec))))

    def subsystem_with_options(self, id_, **options):
        return self.subsystem_options.CreateNvmeSubsystemWithOptions(nvme_pb2.CreateNvmeSubsystemWithOptionsRequest(
            nvme_subsystem_id=id_, nvme_subsystem=nvme.NvmeSubsystem(spec=nvme.NvmeSubsystemSpec(nqn=nqn(id_))),
            nvme_subsystem_options=nvme_pb2.NvmeSubsystemOptions(**options)))

    def controller(self, parent, id_, port, address="127.0.0.1", **spec):
        family = opicommon_pb2.NVME_ADDRESS_FAMILY_IPV6 if ":" in address else opicommon_pb2.NVME_ADDRESS_FAMILY_IPV4
        spec.setdefault("trtype", opicommon_pb2.NVME_TRANSPORT_TYPE_TCP)
        if "pcie_id" not in spec:
            spec["fabrics_id"] = opicommon_pb2.FabricsEndpoint(traddr=address, trsvcid=str(port), adrfam=family)
        return self.stub.CreateNvmeController(nvme.CreateNvmeControllerRequest(
            parent=parent, nvme_controller_id=id_,
            nvme_controller=nvme.NvmeController(spec=nvme.NvmeControllerSpec(**spec))))

    def namespace(self, parent, id_, **spec):
        spec.setdefault("volume_name_ref", "Malloc0")
        return self.stub.CreateNvmeNamespace(nvme.CreateNvmeNamespaceRequest(
            parent=parent, nvme_namespace_id=id_,
            nvme_namespace=nvme.NvmeNamespace(spec=nvme.NvmeNamespaceSpec(**spec))))

    def state(self, name=SUB):
        return self.states.GetNvmeState(nvme_pb2.GetNvmeStateRequest(name=name))

    def delete(self, *names):
        for name in names:
            if "/nvmeControllers/" in name:
                self.stub.DeleteNvmeController(nvme.DeleteNvmeControllerRequest(name=name))
            elif "/nvmeNamespaces/" in name:
                self.stub.DeleteNvmeNamespace(nvme.DeleteNvmeNamespaceRequest(name=name))
            else:
                self.stub.DeleteNvmeSubsystem(nvme.DeleteNvmeSubsystemRequest(name=name))

    def clean(self):
        """Deletes every subsystem with all that belongs to it."""
        for state in self.states.ListNvmeStates(nvme_pb2.ListNvmeStatesRequest()).nvme_states:
            self.delete(*(part.name for part in [*state.controllers, *state.namespaces]), state.name)


@pytest.fixture(scope="module", autouse=True)
def base(channel):
    opi.make_base_volumes(channel)


@pytest.fixture
def client(channel):
    made = Client(channel)
    yield made
    made.clean()


def mask(*paths):
    return field_mask_pb2.FieldMask(paths=paths)


@pytest.mark.parametrize("is_named", [True, False], ids=["with-id", "without-id"])
def test_life_as_godpu_has_it(client, is_named):
    subsystem = client.subsystem("opi-nvme8" if is_named else "")
    collection, last = subsystem.name.split("/")
    assert collection == "nvmeSubsystems" and (last == "opi-nvme8" if is_named else opi.is_uuid(last))
    assert subsystem.status.firmware_revision
    assert subsystem.spec.serial_number and subsystem.spec.model_number
    same = client.stub.UpdateNvmeSubsystem(nvme.UpdateNvmeSubsystemRequest(
        nvme_subsystem=subsystem, update_mask=mask("*")))
    assert same == subsystem
    listed = client.stub.ListNvmeSubsystems(nvme.ListNvmeSubsystemsRequest()).nvme_subsystems
    assert subsystem in listed
    assert client.stub.GetNvmeSubsystem(nvme.GetNvmeSubsystemRequest(name=subsystem.name)) == subsystem
    assert client.stub.StatsNvmeSubsystem(
        nvme.StatsNvmeSubsystemRequest(name=subsystem.name)).stats.read_ops_count == 0

    port = free_port()
    controller = client.controller(subsystem.name, "opi-nvme-ctrl8" if is_named else "", port)
    assert controller.name.startswith(f"{subsystem.name}/nvmeControllers/")
    assert controller.spec.nvme_controller_id == -1 and controller.status.active
    assert client.stub.UpdateNvmeController(nvme.UpdateNvmeControllerRequest(
        nvme_controller=controller, update_mask=mask("*"))) == controller
    listed = client.stub.ListNvmeControllers(nvme.ListNvmeControllersRequest(parent=subsystem.name))
    assert list(listed.nvme_controllers) == [controller]
    assert client.stub.GetNvmeController(nvme.GetNvmeControllerRequest(name=controller.name)) == controller
    client.stub.StatsNvmeController(nvme.StatsNvmeControllerRequest(name=controller.name))

    space = client.namespace(subsystem.name, "opi-nvme-ns8" if is_named else "")
    assert space.name.startswith(f"{subsystem.name}/nvmeNamespaces/")
    assert space.spec.host_nsid == 1 and opi.is_uuid(space.spec.uuid)
    assert space.status.state == nvme.NvmeNamespaceStatus.STATE_ENABLED
    assert space.status.oper_state == nvme.NvmeNamespaceStatus.OPER_STATE_ONLINE
    assert client.stub.UpdateNvmeNamespace(nvme.UpdateNvmeNamespaceRequest(
        nvme_namespace=space, update_mask=mask("*"))) == space
    listed = client.stub.ListNvmeNamespaces(nvme.ListNvmeNamespacesRequest(parent=subsystem.name))
    assert list(listed.nvme_namespaces) == [space]
    assert client.stub.GetNvmeNamespace(nvme.GetNvmeNamespaceRequest(name=space.name)) == space
    client.stub.StatsNvmeNamespace(nvme.StatsNvmeNamespaceRequest(name=space.name))

    refused = opi.refused(lambda: client.delete(subsystem.name), Code.FAILED_PRECONDITION, controller.name, space.name)
    assert "delete them first" in refused
    client.delete(space.name, controller.name, subsystem.name)
    opi.refused(lambda: client.delete(subsystem.name), Code.NOT_FOUND, f"unable to find key {subsystem.name}")
    client.stub.DeleteNvmeSubsystem(nvme.DeleteNvmeSubsystemRequest(name=subsystem.name, allow_missing=True))


def test_a_volume_with_namespaces_stays(client, channel):
    client.subsystem("sub1")
    client.namespace(SUB, "space1", volume_name_ref="volumes/malloc0")
    opi.refused(lambda: opi.MALLOC.delete(channel, "volumes/malloc0"), Code.FAILED_PRECONDITION,
                f"{SUB}/nvmeNamespaces/space1")
    client.namespace(SUB, "space2", volume_name_ref="malloc0")
    assert [space.nsid for space in client.state().namespaces] == [1, 2]


def test_what_is_refused(daemon, client):
    client.subsystem("sub1")
    opi.refused(lambda: client.subsystem("sub2", nqn=nqn("sub1")), Code.ALREADY_EXISTS,
                f"Could not create NQN: {nqn('sub1')} since object {SUB} with same NQN already exists")
    opi.refused(lambda: client.subsystem("sub2", nqn="no-nqn"), Code.INVALID_ARGUMENT, "does not match pattern")
    opi.refused(lambda: client.subsystem("sub2", serial_number="s" * 21), Code.INVALID_ARGUMENT, "between 1 and 20")
    said = opi.refused(lambda: client.subsystem("sub2", psk=b"very-secret"), Code.INVALID_ARGUMENT, "psk")
    assert "very-secret" not in said and "very-secret" not in daemon.log()
    zero = wrappers_pb2.Int32Value(value=0)
    place = opicommon_pb2.PciEndpoint(port_id=zero, physical_function=zero, virtual_function=zero)
    opi.refused(lambda: client.controller(SUB, "ctrl1", 0, trtype=opicommon_pb2.NVME_TRANSPORT_TYPE_PCIE, pcie_id=place),
                Code.UNIMPLEMENTED, "PCIe controllers need vfio-user, which this version does not have")
    opi.refused(lambda: client.controller(SUB, "ctrl1", 4420, trtype=opicommon_pb2.NVME_TRANSPORT_TYPE_RDMA),
                Code.UNIMPLEMENTED, "RDMA")
    opi.refused(lambda: client.controller(SUB, "ctrl1", 4420, "localhost"), Code.INVALID_ARGUMENT, "traddr")
    opi.refused(lambda: client.controller(SUB, "ctrl1", 70000), Code.INVALID_ARGUMENT, "trsvcid")
    opi.refused(lambda: client.controller(SUB, "ctrl1", 4420, min_limit=opicommon_pb2.QosLimit(rw_iops_kiops=1)),
                Code.INVALID_ARGUMENT, "min_limit is not supported")
    opi.refused(lambda: client.controller("nvmeSubsystems/none", "ctrl1", 4420), Code.NOT_FOUND,
                "unable to find key nvmeSubsystems/none")
    opi.refused(lambda: client.namespace(SUB, "space1", volume_name_ref="nothing"), Code.NOT_FOUND, "nothing")
    client.namespace(SUB, "space1", host_nsid=7)
    opi.refused(lambda: client.namespace(SUB, "space2", host_nsid=7), Code.ALREADY_EXISTS, "is namespace 7 already")
    opi.refused(lambda: client.namespace(SUB, "space2", host_nsid=5000), Code.INVALID_ARGUMENT, "host_nsid")
    opi.refused(lambda: client.namespace(SUB, "space2", uuid="no"), Code.INVALID_ARGUMENT, "uuid")


def test_an_address_that_others_have_is_named(client):
    import socket
    client.subsystem("sub1")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        opi.refused(lambda: client.controller(SUB, "ctrl1", port), Code.FAILED_PRECONDITION,
                    f"127.0.0.1:{port} is in use by another program")
        assert not client.state().controllers, "nothing is left"
    assert client.controller(SUB, "ctrl1", port).status.active
    opi.refused(lambda: client.controller(SUB, "ctrl2", port), Code.ALREADY_EXISTS, f"127.0.0.1:{port} already")
    # An address that this machine has not.
    opi.refused(lambda: client.controller(SUB, "ctrl2", port, "192.0.2.1"), Code.FAILED_PRECONDITION, "192.0.2.1")


def test_hosts_are_let_in_and_shown(client):
    client.subsystem("sub1")
    port = free_port()
    client.controller(SUB, "ctrl1", port)
    client.namespace(SUB, "space1")
    assert nvme_tcp.connect("127.0.0.1", port, nqn("none")) != nvme_tcp.SUCCESS
    with nvme_tcp.Connection("127.0.0.1", port) as host:
        assert host.initialise() == 0
        status, cntlid = host.connect(nqn("sub1"))
        assert status == nvme_tcp.SUCCESS
        connections = client.state().connections
        assert [(c.hostnqn, c.cntlid, c.io_queue_count) for c in connections] == [(nvme_tcp.HOSTNQN, cntlid, 0)]
        assert connections[0].hostid == "feb98abe-d51f-40c8-b348-2753f3571d3c"
        assert connections[0].address.startswith("127.0.0.1")
        assert connections[0].port_id == client.state().controllers[0].port_id
        # The address goes, and with it who came through it.
        client.delete(f"{SUB}/nvmeControllers/ctrl1")
        with pytest.raises((ConnectionError, OSError)):
            host.receive(1)
    assert not client.state().connections
    with pytest.raises(ConnectionRefusedError):
        nvme_tcp.Connection("127.0.0.1", port)


def test_only_named_hosts_connect(client):
    request = nvme_pb2.CreateNvmeSubsystemWithOptionsRequest(
        nvme_subsystem_id="sub1", nvme_subsystem=nvme.NvmeSubsystem(spec=nvme.NvmeSubsystemSpec(nqn=nqn("sub1"))),
        nvme_subsystem_options=nvme_pb2.NvmeSubsystemOptions(hosts=[nqn("h1"), nqn("h2")]))
    client.subsystem_options.CreateNvmeSubsystemWithOptions(request)
    port = free_port()
    client.controller(SUB, "ctrl1", port)

    def connect(host):
        return nvme_tcp.connect("127.0.0.1", port, nqn("sub1"), nqn(host))
    assert connect("h1") == nvme_tcp.SUCCESS and connect("h2") == nvme_tcp.SUCCESS
    assert connect("h3") == nvme_tcp.CONNECT_INVALID_HOST
    with nvme_tcp.Connection("127.0.0.1", port) as host:
        host.initialise()
        assert host.connect(nqn("sub1"), nqn("h2"))[0] == nvme_tcp.SUCCESS
        client.subsystem_options.UpdateNvmeSubsystemOptions(nvme_pb2.UpdateNvmeSubsystemOptionsRequest(
            nvme_subsystem_options=nvme_pb2.NvmeSubsystemOptions(name=SUB, hosts=[nqn("h1")]),
            update_mask=mask("hosts")))
        with pytest.raises((ConnectionError, OSError)):
            host.receive(1)
    assert connect("h2") == nvme_tcp.CONNECT_INVALID_HOST
    # OPI's one host is one more.
    client.stub.UpdateNvmeSubsystem(nvme.UpdateNvmeSubsystemRequest(
        nvme_subsystem=nvme.NvmeSubsystem(name=SUB, spec=nvme.NvmeSubsystemSpec(hostnqn=nqn("h3"))),
        update_mask=mask("spec.hostnqn")))
    assert connect("h3") == nvme_tcp.SUCCESS and connect("h1") == nvme_tcp.SUCCESS
    client.subsystem_options.UpdateNvmeSubsystemOptions(nvme_pb2.UpdateNvmeSubsystemOptionsRequest(
        nvme_subsystem_options=nvme_pb2.NvmeSubsystemOptions(name=SUB, allow_any_host=True)))
    assert connect("h9") == nvme_tcp.SUCCESS


def test_static_controllers(client):
    port = free_port()
    client.subsystem_with_options("sub1", static_controllers=[7, 9])
    client.controller(SUB, "ctrl1", port)

    def connect(host, cntlid):
        assert host.initialise() == 0
        return host.connect(nqn("sub1"), cntlid=cntlid)

    with nvme_tcp.Connection("127.0.0.1", port) as seven, nvme_tcp.Connection("127.0.0.1", port) as any_static, \
            nvme_tcp.Connection("127.0.0.1", port) as dynamic, nvme_tcp.Connection("127.0.0.1", port) as unknown:
        assert connect(seven, 7) == (nvme_tcp.SUCCESS, 7)
        assert connect(any_static, 0xFFFE) == (nvme_tcp.SUCCESS, 9)
        assert connect(dynamic, 0xFFFF)[1] not in (7, 9)
        assert connect(unknown, 8)[0] == nvme_tcp.CONNECT_INVALID_PARAMETERS
        client.subsystem_options.UpdateNvmeSubsystemOptions(nvme_pb2.UpdateNvmeSubsystemOptionsRequest(
            nvme_subsystem_options=nvme_pb2.NvmeSubsystemOptions(name=SUB, static_controllers=[8])))
        assert unknown.connect(nqn("sub1"), cntlid=8) == (nvme_tcp.SUCCESS, 8)
        assert len(client.state().connections) == 4, "those that were there stay"


def test_one_address_serves_two_subsystems(client):
    port = free_port()
    for name in ("sub1", "sub2"):
        client.subsystem(name)
        client.controller(f"nvmeSubsystems/{name}", "ctrl1", port, "::1")
    assert nvme_tcp.connect("::1", port, nqn("sub1")) == nvme_tcp.SUCCESS
    assert nvme_tcp.connect("::1", port, nqn("sub2")) == nvme_tcp.SUCCESS
    client.delete(f"{SUB}/nvmeControllers/ctrl1")
    assert nvme_tcp.connect("::1", port, nqn("sub1")) != nvme_tcp.SUCCESS
    assert nvme_tcp.connect("::1", port, nqn("sub2")) == nvme_tcp.SUCCESS


def test_options_of_namespaces_and_controllers(client):
    client.subsystem("sub1")
    port = free_port()
    controller = client.controller(SUB, "ctrl1", port)
    space = client.namespace(SUB, "space1")
    options = nvme_pb2.NvmeNamespaceOptions(
        name=space.name, ana_group=2, max_limit=opicommon_pb2.QosLimit(rw_iops_kiops=10))
    made = client.namespace_options.UpdateNvmeNamespaceOptions(nvme_pb2.UpdateNvmeNamespaceOptionsRequest(
        nvme_namespace_options=options))
    assert (made.ana_group, made.max_limit.rw_iops_kiops) == (2, 10)
    options.hosts.append(nqn("h1"))
    opi.refused(lambda: client.namespace_options.UpdateNvmeNamespaceOptions(
        nvme_pb2.UpdateNvmeNamespaceOptionsRequest(nvme_namespace_options=options)), Code.FAILED_PRECONDITION,
        "nvme_namespace_options.hosts")
    state = nvme_pb2.NvmeAnaState(group=2, state=nvme_pb2.NvmeAnaState.NON_OPTIMIZED)
    client.controller_options.UpdateNvmeControllerOptions(nvme_pb2.UpdateNvmeControllerOptionsRequest(
        nvme_controller_options=nvme_pb2.NvmeControllerOptions(name=controller.name, ana_states=[state])))
    got = client.controller_options.GetNvmeControllerOptions(
        nvme_pb2.GetNvmeControllerOptionsRequest(name=controller.name))
    assert list(got.ana_states) == [state]
    masked = nvme_pb2.CreateNvmeNamespaceWithOptionsRequest(
        parent=SUB, nvme_namespace_id="space2",
        nvme_namespace=nvme.NvmeNamespace(spec=nvme.NvmeNamespaceSpec(volume_name_ref="malloc1")),
        nvme_namespace_options=nvme_pb2.NvmeNamespaceOptions(hosts=[nqn("h1")]))
    client.namespace_options.CreateNvmeNamespaceWithOptions(masked)


def test_pages(client):
    names = []
    for i in range(5):
        names.append(client.subsystem(f"page-{i}").name)
    seen, token = [], ""
    while True:
        page = client.stub.ListNvmeSubsystems(nvme.ListNvmeSubsystemsRequest(page_size=2, page_token=token))
        seen += [item.name for item in page.nvme_subsystems]
        token = page.next_page_token
        if not token:
            break
    assert seen == names


def test_rest(daemon, client):
    port = free_port()
    status, made = daemon.curl("POST", "/v1/nvmeSubsystems?nvme_subsystem_id=sub1", {"spec": {"nqn": nqn("sub1")}})
    assert (status, made["name"]) == (200, SUB)
    where = {"spec": {"trtype": "NVME_TRANSPORT_TYPE_TCP", "fabricsId": {
        "traddr": "127.0.0.1", "trsvcid": str(port), "adrfam": "NVME_ADDRESS_FAMILY_IPV4"}}}
    status, made = daemon.curl("POST", f"/v1/{SUB}/nvmeControllers?nvme_controller_id=ctrl1", where)
    assert (status, made["status"]["active"]) == (200, True)
    status, made = daemon.curl("POST", f"/v1/{SUB}/nvmeNamespaces?nvme_namespace_id=space1",
                               {"spec": {"volumeNameRef": "malloc0"}})
    assert (status, made["spec"]["hostNsid"]) == (200, 1)
    for path in (f"/v1/{SUB}", f"/v1/{SUB}:stats", f"/v1/{SUB}/options", f"/v1/{SUB}/state", "/v1/nvmeStates",
                 f"/v1/{SUB}/nvmeControllers", f"/v1/{SUB}/nvmeControllers/ctrl1:stats",
                 f"/v1/{SUB}/nvmeControllers/ctrl1/options", f"/v1/{SUB}/nvmeNamespaces/space1",
                 f"/v1/{SUB}/nvmeNamespaces/space1:stats", f"/v1/{SUB}/nvmeNamespaces/space1/options"):
        status, answer = daemon.curl("GET", path)
        assert status == 200, (path, answer)
    status, changed = daemon.curl("PATCH", f"/v1/{SUB}?update_mask=spec.model_number", {"spec": {"modelNumber": "M1"}})
    assert (status, changed["spec"]["modelNumber"]) == (200, "M1")
    status, answer = daemon.curl("DELETE", f"/v1/{SUB}")
    assert status == 400 and "in use by" in answer["message"]
    text = daemon.curl("GET", "/metrics")[1]
    assert f'device="{SUB}/nvmeNamespaces/space1",kind="nvme-namespace"' in text
    for path in (f"{SUB}/nvmeNamespaces/space1", f"{SUB}/nvmeControllers/ctrl1", SUB):
        assert daemon.curl("DELETE", f"/v1/{path}")[0] == 200


def test_cli(daemon, client):
    port = str(free_port())
    assert nqn("sub1") in daemon.cli("create", "subsystem", "sub1", "--nqn", nqn("sub1"), "--serial", "S1",
                                     "--host", nqn("h1"), "--host", nqn("h2"))
    daemon.cli("create", "subsystem", "sub1", "--nqn", nqn("sub1"), "--host", nqn("h1"), "--host", nqn("h2"))
    assert "other options" in daemon.cli("create", "subsystem", "sub1", "--nqn", nqn("sub1"), "--host", nqn("h1"),
                                         "--host", nqn("h3"), status=1)
    assert f"127.0.0.1:{port}" in daemon.cli("create", "controller", "ctrl1", "--subsystem", "sub1", "--address",
                                             "127.0.0.1", "--port", port)
    assert "malloc0" in daemon.cli("create", "namespace", "space1", "--subsystem", "sub1", "--volume", "malloc0")
    daemon.cli("create", "namespace", "space2", "--subsystem", "sub1", "--volume", "malloc1", "--nsid", "9", "--limit",
               "5KIOPS", "--host", nqn("h1"))
    assert daemon.cli("list", "namespaces", "-o", "name").split() == ["sub1/space1", "sub1/space2"]
    assert json.loads(daemon.cli("get", "namespace", "sub1/space2", "-o", "json"))["spec"]["hostNsid"] == 9
    assert "space1" in daemon.cli("get", "nvmeNamespace", f"{SUB}/nvmeNamespaces/space1")
    assert "nvmeSubsystems/space1" in daemon.cli("get", "namespace", "space1", status=2)
    daemon.cli("update", "namespace", "sub1/space1", "7KIOPS", "100MB/s-read")
    limit = json.loads(daemon.cli("get", "nvmeNamespaceOptions", "sub1/space1", "-o", "json"))["maxLimit"]
    assert {name: value for name, value in limit.items() if value != "0"} == {
        "rwIopsKiops": "7", "rdBandwidthMbs": "100"}
    daemon.cli("update", "namespace", "sub1/space1", "none")
    assert not json.loads(daemon.cli("get", "nvmeNamespaceOptions", "sub1/space1", "-o", "json")).get("maxLimit")
    daemon.cli("update", "subsystem", "sub1", "spec.model_number=M1")
    assert "M1" in daemon.cli("list", "subsystems")
    daemon.cli("update", "controller", "sub1/ctrl1", "--ana", "1=inaccessible", "--ana", "3=non-optimized")
    daemon.cli("update", "controller", "sub1/ctrl1", "--ana", "3=change")
    options = json.loads(daemon.cli("get", "nvmeControllerOptions", "sub1/ctrl1", "-o", "json"))
    assert options["anaStates"] == [{"group": 1, "state": "INACCESSIBLE"}, {"group": 3, "state": "CHANGE"}]
    assert "129" in daemon.cli("update", "controller", "sub1/ctrl1", "--ana", "129=change", status=1)
    state = daemon.cli("list", "nvmeStates")
    assert f"127.0.0.1:{port}" in state and "READY" in state
    assert "readOpsCount" in daemon.cli("stats", "namespace", "sub1/space1")
    assert "readOpsCount" in daemon.cli("stats", "controller", "sub1/ctrl1")
    assert "sub1/space1" in daemon.cli("top", "--once", "--interval", "0.1", "--all")
    assert "in use by" in daemon.cli("delete", "subsystem", "sub1", status=1)
    assert daemon.cli("delete", "namespace", "sub1/space1", "sub1/space2").splitlines()[0] == \
        "nvmeNamespace sub1/space1 deleted"
    daemon.cli("delete", "controller", "sub1/ctrl1")
    daemon.cli("delete", "subsystem", "sub1")
    assert daemon.cli("list", "subsystems") == "no nvmeSubsystems\n"


def test_all_of_it_outlives_a_crash():
    daemon = Daemon()
    try:
        daemon.start()
        with daemon.channel() as channel:
            opi.make_base_volumes(channel)
            client = Client(channel)
            port = free_port()
            client.subsystem("sub1", serial_number="S1", hostnqn=nvme_tcp.HOSTNQN)
            client.controller(SUB, "ctrl1", port)
            first = client.namespace(SUB, "space-b")
            client.namespace(SUB, "space-a")
            client.delete(first.name)
            client.namespace_options.UpdateNvmeNamespaceOptions(nvme_pb2.UpdateNvmeNamespaceOptionsRequest(
                nvme_namespace_options=nvme_pb2.NvmeNamespaceOptions(name=f"{SUB}/nvmeNamespaces/space-a", ana_group=3)))
            before = (client.stub.GetNvmeSubsystem(nvme.GetNvmeSubsystemRequest(name=SUB)), client.state())
            with nvme_tcp.Connection("127.0.0.1", port) as host:
                host.initialise()
                assert host.connect(nqn("sub1"))[0] == nvme_tcp.SUCCESS
                daemon.restart_after_kill()
        with daemon.channel() as channel:
            client = Client(channel)
            after = (client.stub.GetNvmeSubsystem(nvme.GetNvmeSubsystemRequest(name=SUB)), client.state())
            assert after == before
            assert after[1].namespaces[0].nsid == 2, "numbers stay"
            assert nvme_tcp.connect("127.0.0.1", port, nqn("sub1")) == nvme_tcp.SUCCESS
            assert nvme_tcp.connect("127.0.0.1", port, nqn("sub1"), nqn("other")) == nvme_tcp.CONNECT_INVALID_HOST
            got = client.namespace_options.GetNvmeNamespaceOptions(
                nvme_pb2.GetNvmeNamespaceOptionsRequest(name=f"{SUB}/nvmeNamespaces/space-a"))
            assert got.ana_group == 3
            # A host that is connected holds up no stop.
            with nvme_tcp.Connection("127.0.0.1", port) as host:
                host.initialise()
                assert host.connect(nqn("sub1"))[0] == nvme_tcp.SUCCESS
                begin = time.monotonic()
                assert daemon.terminate() == 0
                assert time.monotonic() - begin < 10
    finally:
        daemon.remove()


def test_an_address_that_is_gone_after_a_crash_is_tried_again():
    import socket
    daemon = Daemon()
    try:
        daemon.start()
        port = free_port()
        with daemon.channel() as channel:
            client = Client(channel)
            client.subsystem("sub1")
            client.controller(SUB, "ctrl1", port)
        daemon.kill()
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", port))
            other.listen()
            daemon.start()
            with daemon.channel() as channel:
                client = Client(channel)
                state = client.state().controllers[0]
                assert state.state == nvme_pb2.NvmeState.FAILED
                assert f"127.0.0.1:{port} is in use by another program" in state.state_reason
                name = f"{SUB}/nvmeControllers/ctrl1"
                assert not client.stub.GetNvmeController(nvme.GetNvmeControllerRequest(name=name)).status.active
        with daemon.channel() as channel:
            client = Client(channel)
            deadline = time.monotonic() + 40
            while client.state().controllers[0].state != nvme_pb2.NvmeState.READY:
                assert time.monotonic() < deadline
                time.sleep(0.1)
    finally:
        daemon.remove()
