"""Each rpc of FrontendNvmeService and NvmeRemoteControllerService with good, missing, unknown, duplicate and bad input, with
the statuses and words of OPI's bridges where they have some. docs/opi.md is the table of it."""
import dataclasses
import typing

import grpc
import opi
import pytest
from google.protobuf import field_mask_pb2
from outrigger_daemon import free_port
from storage import (backend_nvme_pb2 as backend, backend_nvme_pb2_grpc, frontend_nvme_pb2 as frontend,
                     frontend_nvme_pb2_grpc, opicommon_pb2)

Code = grpc.StatusCode
NQN = "nqn.2022-09.io.example:"
TCP = opicommon_pb2.NVME_TRANSPORT_TYPE_TCP
IPV4 = opicommon_pb2.NVME_ADDRESS_FAMILY_IPV4
called = set()  # methods of both services that some test has called
_ports = {}
_numbers = iter(range(1, 1000))


def port_of(name):
    """A TCP port that is always the same for this name."""
    return _ports.setdefault(name, free_port())


@dataclasses.dataclass
class Kind:
    """One kind. `make()` gives a resource that can be created; each is different where it has to be."""

    name: str
    messages: typing.Any
    make: typing.Callable
    required: tuple  # fields, dotted, that a Create must have
    immutable: dict  # field: another value
    change: tuple = ()  # a field that may change, and a value
    parent: str = ""
    collection: str = ""
    stats: bool = True
    reset: bool = False
    is_read_only: bool = False

    @property
    def field(self):
        return "".join("_" + c.lower() if c.isupper() else c for c in self.name)[1:]

    def call(self, channel, verb, **fields):
        suffix = self.name + "s" if verb == "List" else self.name
        stub = (frontend_nvme_pb2_grpc.FrontendNvmeServiceStub if self.messages is frontend
                else backend_nvme_pb2_grpc.NvmeRemoteControllerServiceStub)(channel)
        called.add(verb + suffix)
        return getattr(stub, verb + suffix)(getattr(self.messages, f"{verb}{suffix}Request")(**fields), timeout=30)

    def name_of(self, id_):
        return f"{self.parent}/{self.collection}/{id_}" if self.parent else f"{self.collection}/{id_}"

    def with_parent(self, fields):
        return {"parent": self.parent, **fields} if self.parent else fields

    def create(self, channel, id_="", resource=None, **fields):
        return self.call(channel, "Create", **self.with_parent(
            {self.field: resource or self.make(), self.field + "_id": id_, **fields}))

    def list(self, channel, **fields):
        return self.call(channel, "List", **self.with_parent(fields))

    def items(self, answer):
        return list(getattr(answer, self.field + "s"))

    def update(self, channel, resource, *paths, **fields):
        return self.call(channel, "Update", **{self.field: resource},
                         update_mask=field_mask_pb2.FieldMask(paths=paths), **fields)


def put(message, path, value):
    """Sets a field by its dotted path; None clears it."""
    *above, last = path.split(".")
    for step in above:
        message = getattr(message, step)
    if value is None:
        message.ClearField(last)
    elif hasattr(value, "CopyFrom"):
        getattr(message, last).CopyFrom(value)
    else:
        setattr(message, last, value)
    return message


def subsystem():
    return frontend.NvmeSubsystem(spec=frontend.NvmeSubsystemSpec(nqn=f"{NQN}rules-{next(_numbers)}"))


def endpoint(name="", address="127.0.0.1"):
    return opicommon_pb2.FabricsEndpoint(traddr=address, adrfam=IPV4,
                                         trsvcid=str(port_of(name or f"unnamed-{next(_numbers)}")))


def controller():
    return frontend.NvmeController(spec=frontend.NvmeControllerSpec(trtype=TCP, fabrics_id=endpoint()))


def namespace():
    return frontend.NvmeNamespace(spec=frontend.NvmeNamespaceSpec(volume_name_ref="malloc0"))


def remote_controller():
    return backend.NvmeRemoteController(multipath=backend.NVME_MULTIPATH_MULTIPATH)


def path():
    """Our own target, each time over another of its addresses."""
    return backend.NvmePath(trtype=TCP, traddr=f"127.0.1.{next(_numbers) % 250 + 1}", fabrics=backend.FabricsPath(
        trsvcid=port_of("loop"), subnqn=NQN + "loop", adrfam=IPV4))


SUBSYSTEM = Kind("NvmeSubsystem", frontend, subsystem, ("spec", "spec.nqn"),
                 {"spec.nqn": NQN + "other", "spec.max_namespaces": 7}, ("spec.hostnqn", NQN + "host"),
                 collection="nvmeSubsystems")
CONTROLLER = Kind("NvmeController", frontend, controller, ("spec", "spec.trtype"), {"spec.fabrics_id.trsvcid": "1"},
                  ("spec.max_limit.rw_iops_kiops", 5), "nvmeSubsystems/loop", "nvmeControllers")
NAMESPACE = Kind("NvmeNamespace", frontend, namespace, ("spec", "spec.volume_name_ref"),
                 {"spec.host_nsid": 77, "spec.uuid": "5c1ab12d-8f9c-4de2-a3a2-2d9e5d4c1f00", "spec.nguid": "12" * 16,
                  "spec.eui64": 5, "spec.volume_name_ref": "malloc1"}, (), "nvmeSubsystems/loop", "nvmeNamespaces")
REMOTE = Kind("NvmeRemoteController", backend, remote_controller, ("multipath",), {},
              ("multipath", backend.NVME_MULTIPATH_FAILOVER), collection="nvmeRemoteControllers", reset=True)
PATH = Kind("NvmePath", backend, path, ("trtype", "traddr", "fabrics.trsvcid", "fabrics.subnqn", "fabrics.adrfam"),
            {"traddr": "127.0.0.9", "fabrics.subnqn": NQN + "other", "fabrics.trsvcid": 7, "fabrics.hostnqn": NQN + "h",
             "fabrics.source_traddr": "127.0.0.1", "fabrics.source_trsvcid": 5555},
            (), "nvmeRemoteControllers/loop", "nvmePaths")
REMOTE_NAMESPACE = Kind("NvmeRemoteNamespace", backend, None, (), {}, (), "nvmeRemoteControllers/loop",
                        "nvmeRemoteNamespaces", stats=False, is_read_only=True)
MADE = [SUBSYSTEM, CONTROLLER, NAMESPACE, REMOTE, PATH]
ALL = [*MADE, REMOTE_NAMESPACE]
BELOW = [CONTROLLER, NAMESPACE, PATH, REMOTE_NAMESPACE]

made_kinds = pytest.mark.parametrize("kind", MADE, ids=lambda kind: kind.name)
all_kinds = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)


@pytest.fixture(scope="module", autouse=True)
def base(channel):
    """A subsystem that this same daemon consumes: nvmeRemoteControllers/loop has its namespace as loopn1."""
    opi.make_base_volumes(channel)
    resource = subsystem()
    resource.spec.nqn = NQN + "loop"
    SUBSYSTEM.create(channel, "loop", resource)
    resource = controller()
    resource.spec.fabrics_id.CopyFrom(endpoint("loop", "0.0.0.0"))
    CONTROLLER.create(channel, "everywhere", resource)
    NAMESPACE.create(channel, "space1")
    REMOTE.create(channel, "loop")
    PATH.create(channel, "path1")


@pytest.fixture
def resource(kind, channel):
    made = kind.create(channel, "under-test")
    yield made
    kind.call(channel, "Delete", name=made.name, allow_missing=True)


@made_kinds
def test_create_twice_gives_the_stored_object(channel, kind, resource):
    assert resource.name == kind.name_of("under-test")
    again = kind.make()
    again.name = "somebody/else"
    assert kind.create(channel, "under-test", again) == resource, "whatever is asked, as the bridges do"
    assert kind.call(channel, "Get", name=resource.name) == resource
    assert resource in kind.items(kind.list(channel))


@made_kinds
def test_without_an_id_it_gets_a_uuid(channel, kind):
    made = kind.create(channel)
    assert opi.is_uuid(made.name.rsplit("/", 1)[1])
    kind.call(channel, "Delete", name=made.name)


@made_kinds
def test_what_is_missing_is_named(channel, kind):
    for missing in kind.required:
        request = kind.make()
        put(request, missing, None)
        if missing == "fabrics.trsvcid" or "." not in missing or missing.startswith("spec."):
            opi.refused(lambda request=request: kind.create(channel, "incomplete", request), Code.INVALID_ARGUMENT,
                        f"missing required field: {kind.field}.{missing}")
        else:
            opi.refused(lambda request=request: kind.create(channel, "incomplete", request), Code.INVALID_ARGUMENT,
                        missing.rsplit(".", 1)[1])
    opi.refused(lambda: kind.call(channel, "Create", **kind.with_parent({})), Code.INVALID_ARGUMENT,
                f"missing required field: {kind.field}")
    opi.refused(lambda: kind.call(channel, "Update"), Code.INVALID_ARGUMENT, f"missing required field: {kind.field}")
    opi.refused(lambda: kind.call(channel, "Get", name=kind.name_of("incomplete")), Code.NOT_FOUND)


@made_kinds
@pytest.mark.parametrize("id_, says", [
    ("abc", "between 4 and 63"), ("a" * 64, "between 4 and 63"), ("-abcd", "hyphen"), ("Capital", "lowercase"),
    ("with/slash", "lowercase"), ("12345678-1234-4234-8234-123456789abc", "UUID")])
def test_ids(channel, kind, id_, says):
    opi.refused(lambda: kind.create(channel, id_), Code.INVALID_ARGUMENT, says)


@all_kinds
def test_the_unknown(channel, kind):
    name = kind.name_of("unknown-id")
    verbs = ["Get"] + ["Stats"] * kind.stats + ["Reset"] * kind.reset + ["Delete"] * (not kind.is_read_only)
    for verb in verbs:
        opi.refused(lambda verb=verb: kind.call(channel, verb, name=name), Code.NOT_FOUND, f"unable to find key {name}")
        opi.refused(lambda verb=verb: kind.call(channel, verb), Code.INVALID_ARGUMENT, "missing required field: name")
        for bad in ("a//b", "a b", "/" + name, "-/x-"):
            opi.refused(lambda verb=verb, bad=bad: kind.call(channel, verb, name=bad), Code.INVALID_ARGUMENT, "name")
        opi.refused(lambda verb=verb: kind.call(channel, verb, name="volumes/malloc0"), Code.NOT_FOUND,
                    "volumes/malloc0")
    if not kind.is_read_only:
        kind.call(channel, "Delete", name=name, allow_missing=True)
        unknown = kind.make()
        unknown.name = name
        for allow_missing in (False, True):  # the bridges create volumes so, and nothing of NVMe
            opi.refused(lambda: kind.update(channel, unknown, allow_missing=allow_missing), Code.NOT_FOUND,
                        f"unable to find key {name}")


@pytest.mark.parametrize("kind", BELOW, ids=lambda kind: kind.name)
def test_unknown_parents(channel, kind):
    collection = kind.parent.split("/")[0]
    if not kind.is_read_only:
        opi.refused(lambda: kind.create(channel, "orphan", parent=f"{collection}/nobody"), Code.NOT_FOUND,
                    f"{collection}/nobody")
        opi.refused(lambda: kind.create(channel, "orphan", parent=""), Code.INVALID_ARGUMENT,
                    "missing required field: parent")
        opi.refused(lambda: kind.create(channel, "orphan", parent="volumes/malloc0"), Code.NOT_FOUND,
                    "parent: unable to find key volumes/malloc0")
    opi.refused(lambda: kind.list(channel, parent=""), Code.INVALID_ARGUMENT, "missing required field: parent")
    opi.refused(lambda: kind.list(channel, parent=f"{collection}/nobody"), Code.NOT_FOUND, f"{collection}/nobody")


@made_kinds
def test_masks(channel, kind, resource):
    assert kind.update(channel, resource, "*") == resource, "godpu's update, which changes nothing"
    assert kind.update(channel, resource) == resource
    opi.refused(lambda: kind.update(channel, resource, "*", "name"), Code.INVALID_ARGUMENT,
                "'*' must not be used with other")
    opi.refused(lambda: kind.update(channel, resource, "no_such_field"), Code.INVALID_ARGUMENT,
                "invalid field path: no_such_field")
    for field, value in kind.immutable.items():
        other = kind.make()
        other.CopyFrom(resource)
        put(other, field, value)
        opi.refused(lambda other=other, field=field: kind.update(channel, other, field), Code.INVALID_ARGUMENT,
                    field.split(".")[0])
        assert kind.update(channel, resource, field) == resource, "the same again is no change"
    assert kind.call(channel, "Get", name=resource.name) == resource, "nothing of it was done"
    if kind.change:
        field, value = kind.change
        other = kind.make()
        other.name = resource.name  # of the rest only the mask's field counts
        put(other, field, value)
        changed = kind.update(channel, other, field)
        expected = kind.make()
        expected.CopyFrom(resource)
        put(expected, field, value)
        assert changed == expected and kind.call(channel, "Get", name=resource.name) == expected


@all_kinds
def test_pages(channel, kind):
    opi.refused(lambda: kind.list(channel, page_size=-1), Code.INVALID_ARGUMENT, "negative PageSize is not allowed")
    opi.refused(lambda: kind.list(channel, page_token="unknown"), Code.NOT_FOUND,
                "unable to find pagination token")
    before = {item.name for item in kind.items(kind.list(channel, page_size=1000))}
    assert len(before) >= 1
    if kind.is_read_only:
        return
    names = [kind.create(channel, f"page-{i}").name for i in range(3)]
    seen, token = [], ""
    while True:
        page = kind.list(channel, page_size=2, page_token=token)
        assert len(kind.items(page)) <= 2
        seen += [item.name for item in kind.items(page)]
        token = page.next_page_token
        if not token:
            break
    assert seen == sorted(before | set(names)), "each once, sorted"
    for name in names:
        kind.call(channel, "Delete", name=name)


@all_kinds
def test_stats(channel, kind):
    name = kind.items(kind.list(channel))[0].name
    if kind.stats:
        stats = kind.call(channel, "Stats", name=name).stats
        assert stats.read_ops_count >= 0 and stats.write_ops_count >= 0, "the bridges say -1"
    if kind.reset:
        kind.call(channel, "Reset", name=name)


@all_kinds
def test_rest(daemon, channel, kind):
    name = kind.items(kind.list(channel))[0].name
    collection = f"/v1/{name.rsplit('/', 1)[0]}"
    unknown = f"/v1/{kind.name_of('unknown-id')}"
    assert daemon.curl("GET", f"/v1/{name}")[1]["name"] == name
    assert daemon.curl("GET", collection)[0] == 200
    assert daemon.curl("GET", f"{collection}?page_size=-1")[0] == 400
    assert daemon.curl("GET", unknown)[0] == 404
    if kind.stats:
        assert "stats" in daemon.curl("GET", f"/v1/{name}:stats")[1]
        assert daemon.curl("GET", f"{unknown}:stats")[0] == 404
    if kind.reset:
        assert daemon.curl("POST", f"{unknown}:reset", {})[0] == 404
    if kind.is_read_only:
        assert daemon.curl("DELETE", f"/v1/{name}")[0] == 501, "no such method, as grpc-gateway says it"
        return
    status, answer = daemon.curl("POST", f"{collection}?{kind.field}_id=by-rest", {})
    assert status == 400 and "missing required field" in answer["message"]
    assert daemon.curl("PATCH", f"{unknown}", {})[0] in (400, 404)
    assert daemon.curl("DELETE", unknown)[0] == 404
    assert daemon.curl("DELETE", f"{unknown}?allow_missing=true") == (200, {})


def test_what_is_found_is_neither_made_nor_deleted(channel):
    space, = REMOTE_NAMESPACE.items(REMOTE_NAMESPACE.list(channel))
    local = NAMESPACE.call(channel, "Get", name="nvmeSubsystems/loop/nvmeNamespaces/space1")
    assert space.name == "nvmeRemoteControllers/loop/nvmeRemoteNamespaces/loopn1"
    assert (space.nsid, space.uuid) == (local.spec.host_nsid, local.spec.uuid)


# -- values of each field that the kinds' own tests above do not bring

def bad(kind, field, value):
    request = kind.make()
    put(request, field, value)
    return request


@pytest.mark.parametrize("kind, field, value, code, says", [
    (SUBSYSTEM, "spec.nqn", "nqn", Code.INVALID_ARGUMENT, "does not match pattern"),
    (SUBSYSTEM, "spec.nqn", NQN + "x" * 223, Code.INVALID_ARGUMENT, "have to be between 1 and 223"),
    (SUBSYSTEM, "spec.nqn", NQN + "loop", Code.ALREADY_EXISTS, "same NQN already exists"),
    (SUBSYSTEM, "spec.nqn", "nqn.2014-08.org.nvmexpress.discovery", Code.INVALID_ARGUMENT, "discovery"),
    (SUBSYSTEM, "spec.serial_number", "s" * 21, Code.INVALID_ARGUMENT, "between 1 and 20"),
    (SUBSYSTEM, "spec.serial_number", "\n", Code.INVALID_ARGUMENT, "spec.serial_number"),
    (SUBSYSTEM, "spec.model_number", "m" * 41, Code.INVALID_ARGUMENT, "between 1 and 40"),
    (SUBSYSTEM, "spec.max_namespaces", -1, Code.INVALID_ARGUMENT, "spec.max_namespaces"),
    (SUBSYSTEM, "spec.max_namespaces", 1025, Code.INVALID_ARGUMENT, "spec.max_namespaces"),
    (SUBSYSTEM, "spec.hostnqn", "somebody", Code.INVALID_ARGUMENT, "spec.hostnqn"),
    (SUBSYSTEM, "spec.psk", b"no key", Code.INVALID_ARGUMENT, "spec.psk"),
    (CONTROLLER, "spec.trtype", opicommon_pb2.NVME_TRANSPORT_TYPE_FC, Code.INVALID_ARGUMENT,
     "not supported transport type"),
    (CONTROLLER, "spec.trtype", 77, Code.INVALID_ARGUMENT, "not supported transport type"),
    (CONTROLLER, "spec.trtype", opicommon_pb2.NVME_TRANSPORT_TYPE_PCIE, Code.INVALID_ARGUMENT,
     "invalid endpoint type passed for transport"),
    (CONTROLLER, "spec.trtype", opicommon_pb2.NVME_TRANSPORT_TYPE_RDMA, Code.UNIMPLEMENTED, "use TCP"),
    (CONTROLLER, "spec.fabrics_id.adrfam", opicommon_pb2.NVME_ADDRESS_FAMILY_FC, Code.INVALID_ARGUMENT, "adrfam"),
    (CONTROLLER, "spec.fabrics_id.adrfam", opicommon_pb2.NVME_ADDRESS_FAMILY_IPV6, Code.INVALID_ARGUMENT, "traddr"),
    (CONTROLLER, "spec.fabrics_id.trsvcid", "0", Code.INVALID_ARGUMENT, "trsvcid"),
    (CONTROLLER, "spec.fabrics_id.traddr", "192.0.2.1", Code.FAILED_PRECONDITION, "192.0.2.1"),
    (CONTROLLER, "spec.max_nsq", -1, Code.INVALID_ARGUMENT, "spec.max_nsq"),
    (CONTROLLER, "spec.max_ncq", 65536, Code.INVALID_ARGUMENT, "spec.max_ncq"),
    (CONTROLLER, "spec.sqes", 7, Code.INVALID_ARGUMENT, "sqes"),
    (CONTROLLER, "spec.cqes", 5, Code.INVALID_ARGUMENT, "cqes"),
    (CONTROLLER, "spec.max_namespaces", 1, Code.UNIMPLEMENTED, "nvme_subsystem.spec.max_namespaces"),
    (CONTROLLER, "spec.min_limit.rd_iops_kiops", 1, Code.INVALID_ARGUMENT, "min_limit is not supported"),
    (CONTROLLER, "spec.max_limit.rd_iops_kiops", -1, Code.INVALID_ARGUMENT, "max_limit.rd_iops_kiops"),
    (NAMESPACE, "spec.volume_name_ref", "nothing", Code.NOT_FOUND, "spec.volume_name_ref"),
    (NAMESPACE, "spec.volume_name_ref", "a b", Code.INVALID_ARGUMENT, "spec.volume_name_ref"),
    (NAMESPACE, "spec.host_nsid", 1, Code.ALREADY_EXISTS, "is namespace 1 already"),
    (NAMESPACE, "spec.host_nsid", -1, Code.INVALID_ARGUMENT, "spec.host_nsid"),
    (NAMESPACE, "spec.nguid", "12", Code.INVALID_ARGUMENT, "spec.nguid"),
    (NAMESPACE, "spec.nguid", "0" * 32, Code.INVALID_ARGUMENT, "spec.nguid"),
    (NAMESPACE, "spec.uuid", "no", Code.INVALID_ARGUMENT, "spec.uuid"),
    (REMOTE, "multipath", 77, Code.INVALID_ARGUMENT, "multipath"),
    (REMOTE, "io_queues_count", -1, Code.INVALID_ARGUMENT, "io_queues_count"),
    (REMOTE, "io_queues_count", 1025, Code.INVALID_ARGUMENT, "io_queues_count"),
    (REMOTE, "queue_size", 1, Code.INVALID_ARGUMENT, "queue_size"),
    (REMOTE, "queue_size", 1025, Code.INVALID_ARGUMENT, "queue_size"),
    (PATH, "trtype", opicommon_pb2.NVME_TRANSPORT_TYPE_PCIE, Code.INVALID_ARGUMENT,
     "fabrics field is not allowed for pcie transport"),
    (PATH, "trtype", opicommon_pb2.NVME_TRANSPORT_TYPE_RDMA, Code.UNIMPLEMENTED, "over TCP"),
    (PATH, "trtype", 77, Code.INVALID_ARGUMENT, "not supported transport type"),
    (PATH, "traddr", "localhost", Code.INVALID_ARGUMENT, "traddr"),
    (PATH, "fabrics", None, Code.INVALID_ARGUMENT, "missing required field for fabrics transports: fabrics"),
    (PATH, "fabrics.trsvcid", 65536, Code.INVALID_ARGUMENT, "trsvcid"),
    (PATH, "fabrics.subnqn", "nqn", Code.INVALID_ARGUMENT, "fabrics.subnqn"),
    (PATH, "fabrics.hostnqn", "nqn", Code.INVALID_ARGUMENT, "fabrics.hostnqn"),
    (PATH, "fabrics.adrfam", opicommon_pb2.NVME_ADDRESS_FAMILY_IB, Code.INVALID_ARGUMENT, "adrfam"),
    (PATH, "fabrics.source_traddr", "x", Code.INVALID_ARGUMENT, "source_traddr"),
    (PATH, "fabrics.source_trsvcid", -1, Code.INVALID_ARGUMENT, "source_trsvcid"),
], ids=lambda value: value.name if isinstance(value, Kind) else str(value)[:40])
def test_values_that_cannot_be(channel, kind, field, value, code, says):
    opi.refused(lambda: kind.create(channel, "cannot-be", bad(kind, field, value)), code, says)
    opi.refused(lambda: kind.call(channel, "Get", name=kind.name_of("cannot-be")), Code.NOT_FOUND)


@pytest.mark.parametrize("kind, field, value, expected", [
    (SUBSYSTEM, "spec.serial_number", "S1", "S1"), (SUBSYSTEM, "spec.model_number", "M1", "M1"),
    (SUBSYSTEM, "spec.max_namespaces", 3, 3), (SUBSYSTEM, "spec.hostnqn", NQN + "h", NQN + "h"),
    (CONTROLLER, "spec.nvme_controller_id", 17, -1),  # hosts' controllers are dynamic
    (CONTROLLER, "spec.max_nsq", 8, 8), (CONTROLLER, "spec.max_ncq", 8, 8), (CONTROLLER, "spec.sqes", 6, 6),
    (CONTROLLER, "spec.cqes", 4, 4), (CONTROLLER, "spec.max_namespaces", 1024, 1024),
    (CONTROLLER, "spec.max_limit.wr_bandwidth_mbs", 7, 7),
    (NAMESPACE, "spec.host_nsid", 9, 9), (NAMESPACE, "spec.nguid", "ab" * 16, "ab" * 16),
    (NAMESPACE, "spec.eui64", 0x0123456789, 0x0123456789),
    (NAMESPACE, "spec.uuid", "8c1ab12d-8f9c-4de2-a3a2-2d9e5d4c1f07", "8c1ab12d-8f9c-4de2-a3a2-2d9e5d4c1f07"),
    (REMOTE, "io_queues_count", 3, 3), (REMOTE, "queue_size", 64, 64), (REMOTE, "tcp.hdgst", True, True),
    (REMOTE, "tcp.ddgst", True, True), (PATH, "fabrics.hostnqn", "", ""),
], ids=lambda value: value.name if isinstance(value, Kind) else str(value)[:40])
def test_values_that_can_be(channel, kind, field, value, expected):
    made = kind.create(channel, "can-be", bad(kind, field, value))
    try:
        for shown in (made, kind.call(channel, "Get", name=made.name)):
            got = shown
            for step in field.split("."):
                got = getattr(got, step)
            assert got == expected
    finally:
        kind.call(channel, "Delete", name=made.name)


def test_pcie_is_told_what_there_is_instead(channel):
    from google.protobuf import wrappers_pb2
    zero = wrappers_pb2.Int32Value(value=0)
    request = frontend.NvmeController(spec=frontend.NvmeControllerSpec(
        trtype=opicommon_pb2.NVME_TRANSPORT_TYPE_PCIE, max_nsq=8, max_ncq=8, pcie_id=opicommon_pb2.PciEndpoint(
            port_id=zero, physical_function=zero, virtual_function=zero)))
    opi.refused(lambda: CONTROLLER.create(channel, "pcie", request), Code.UNIMPLEMENTED, "VirtioBlk", "use TCP")


def test_zz_every_rpc_was_called():
    """Last in the file: what no test above has called is not covered."""
    services = (frontend.DESCRIPTOR.services_by_name["FrontendNvmeService"],
                backend.DESCRIPTOR.services_by_name["NvmeRemoteControllerService"])
    every = {method.name for service in services for method in service.methods}
    assert len(every) == 33 and every == called
