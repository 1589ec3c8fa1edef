"""NVMe resources with hosts that read and write: limits of controllers, namespaces and volumes, counters, and states that are
true while a target goes and comes."""
import threading
import time

import grpc
import nvme_tcp
import opi
import pytest
import test_nvme
import test_nvme_remote
from outrigger.v1 import nvme_pb2
from outrigger_daemon import free_port
from storage import backend_nvme_pb2, frontend_nvme_pb2 as nvme, middleend_qos_volume_pb2, opicommon_pb2

SUB = test_nvme.SUB
nqn = test_nvme.nqn
mask = test_nvme.mask
BLOCK = 512
READ = 64 << 10
MB = 1_000_000


@pytest.fixture(scope="module", autouse=True)
def base(channel):
    opi.make_base_volumes(channel)
    opi.MALLOC.create(channel, "large", blocks_count=8192)


@pytest.fixture
def client(channel):
    made = test_nvme.Client(channel)
    made.subsystem("sub1")
    yield made
    made.clean()


def update_controller(client, name, path, **spec):
    return client.stub.UpdateNvmeController(nvme.UpdateNvmeControllerRequest(
        nvme_controller=nvme.NvmeController(name=name, spec=nvme.NvmeControllerSpec(**spec)), update_mask=mask(path)))


def seconds_for(*calls):
    """How long the calls take, all at the same time."""
    failures = []

    def guarded(call):
        try:
            call()
        except BaseException as error:  # noqa: BLE001  told below
            failures.append(error)
    threads = [threading.Thread(target=guarded, args=(call,)) for call in calls]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    return time.monotonic() - began


def reads(queue, bytes_count, nsid=1):
    for _ in range(bytes_count // READ):
        status, data = nvme_tcp.read(queue, 0, READ // BLOCK, nsid=nsid)
        assert status == nvme_tcp.SUCCESS and len(data) == READ


def writes(queue, bytes_count, nsid=1):
    for _ in range(bytes_count // 8192):
        assert nvme_tcp.write(queue, 0, b"x" * 8192, nsid=nsid) == nvme_tcp.SUCCESS


def test_a_controllers_limit_is_of_all_its_hosts(client):
    ports = [free_port(), free_port()]
    limited = client.controller(SUB, "ctrl1", ports[0], max_limit=opicommon_pb2.QosLimit(rw_bandwidth_mbs=1))
    assert limited.spec.max_limit.rw_bandwidth_mbs == 1
    client.controller(SUB, "ctrl2", ports[1])
    client.namespace(SUB, "space1", volume_name_ref="large")
    client.namespace(SUB, "space2", volume_name_ref="malloc1")
    with (nvme_tcp.Host("127.0.0.1", ports[0], nqn("sub1")) as one,
          nvme_tcp.Host("127.0.0.1", ports[0], nqn("sub1"), nqn("other")) as other,
          nvme_tcp.Host("127.0.0.1", ports[1], nqn("sub1"), nqn("free")) as free):
        one_queue, other_queue, free_queue = one.open(), other.open(), free.open()
        reads(one_queue, 10 * READ)  # what may pile up
        took = seconds_for(lambda: reads(one_queue, MB), lambda: reads(other_queue, MB, nsid=2))
        assert took > 1.7, "two megabytes, of two hosts and namespaces, at one a second"
        assert seconds_for(lambda: reads(free_queue, 2 * MB)) < took, "another way knows nothing of it"
        # Other limits count at once; none are none.
        update_controller(client, limited.name, "spec.max_limit", max_limit=opicommon_pb2.QosLimit(wr_bandwidth_mbs=1))
        assert seconds_for(lambda: writes(one_queue, 2 * MB)) > 1.7
        update_controller(client, limited.name, "spec.max_limit")
        assert not client.stub.GetNvmeController(
            nvme.GetNvmeControllerRequest(name=limited.name)).spec.HasField("max_limit")
        assert seconds_for(lambda: reads(one_queue, 4 * MB)) < 3.5


def test_whoever_waits_goes_when_the_limit_goes(client):
    port = free_port()
    limited = client.controller(SUB, "ctrl1", port, max_limit=opicommon_pb2.QosLimit(rd_bandwidth_mbs=1))
    client.namespace(SUB, "space1", volume_name_ref="large")
    with nvme_tcp.Host("127.0.0.1", port, nqn("sub1")) as host:
        queue = host.open()
        for _ in range(60):  # four megabytes: four seconds
            queue.send(0x02, 1, 0, 0, READ // BLOCK - 1, length=READ)
        began = time.monotonic()
        update_controller(client, limited.name, "spec.max_limit")
        for _ in range(60):
            assert queue.finish()[1] == nvme_tcp.SUCCESS
        assert time.monotonic() - began < 3
    # A host that leaves with commands that wait holds up nobody.
    update_controller(client, limited.name, "spec.max_limit", max_limit=opicommon_pb2.QosLimit(rd_bandwidth_mbs=1))
    with nvme_tcp.Host("127.0.0.1", port, nqn("sub1")) as host:
        queue = host.open()
        for _ in range(60):
            queue.send(0x02, 1, 0, 0, READ // BLOCK - 1, length=READ)
    began = time.monotonic()
    client.delete(f"{SUB}/nvmeNamespaces/space1", limited.name)
    assert time.monotonic() - began < 3


def test_the_number_of_queues(client):
    port = free_port()
    limited = client.controller(SUB, "ctrl1", port, max_nsq=2, max_ncq=3)
    client.namespace(SUB, "space1")
    with nvme_tcp.Host("127.0.0.1", port, nqn("sub1")) as host:
        assert host.ask_for_queues(8) == 2
        assert isinstance(host.open(1), nvme_tcp.Queue) and isinstance(host.open(2), nvme_tcp.Queue)
        assert host.open(3) != nvme_tcp.SUCCESS
    update_controller(client, limited.name, "spec.max_nsq")
    with nvme_tcp.Host("127.0.0.1", port, nqn("sub1")) as host:
        assert host.ask_for_queues(8) == 3
    update_controller(client, limited.name, "spec.max_ncq")
    with nvme_tcp.Host("127.0.0.1", port, nqn("sub1")) as host:
        assert host.ask_for_queues(8) == 8


def test_limits_of_a_namespace_and_of_its_volume_both_hold(client, channel):
    port = free_port()
    client.controller(SUB, "ctrl1", port)
    volume = opi.qos_volume("large")
    volume.limits.max.CopyFrom(opicommon_pb2.QosLimit(wr_bandwidth_mbs=1))
    opi.QOS.call(channel, "Create", qos_volume=volume, qos_volume_id="limited")
    client.namespace_options.CreateNvmeNamespaceWithOptions(nvme_pb2.CreateNvmeNamespaceWithOptionsRequest(
        parent=SUB, nvme_namespace_id="space1",
        nvme_namespace=nvme.NvmeNamespace(spec=nvme.NvmeNamespaceSpec(volume_name_ref="limited")),
        nvme_namespace_options=nvme_pb2.NvmeNamespaceOptions(max_limit=opicommon_pb2.QosLimit(rd_bandwidth_mbs=1))))
    with nvme_tcp.Host("127.0.0.1", port, nqn("sub1")) as host:
        queue = host.open()
        assert seconds_for(lambda: reads(queue, 2 * MB)) > 1.7, "the namespace's"
        assert seconds_for(lambda: writes(queue, 2 * MB)) > 1.7, "the volume's"
        client.namespace_options.UpdateNvmeNamespaceOptions(nvme_pb2.UpdateNvmeNamespaceOptionsRequest(
            nvme_namespace_options=nvme_pb2.NvmeNamespaceOptions(name=f"{SUB}/nvmeNamespaces/space1"),
            update_mask=mask("max_limit")))
        assert seconds_for(lambda: reads(queue, 4 * MB)) < 3.5
        assert seconds_for(lambda: writes(queue, MB)) > 0.7, "the volume's is still there"
    client.delete(f"{SUB}/nvmeNamespaces/space1")
    opi.QOS.delete(channel, "volumes/limited")


def stats_of(client, kind, name):
    return getattr(client.stub, f"Stats{kind}")(getattr(nvme, f"Stats{kind}Request")(name=name)).stats


def metric(daemon, name, device):
    """Its value by operation; "" where there is none."""
    found = {}
    for line in daemon.curl("GET", "/metrics")[1].splitlines():
        if line.startswith(name + "{") and f'device="{device}",' in line:
            found[line.partition('op="')[2].partition('"')[0]] = float(line.rsplit(" ", 1)[1])
    return found


def test_counters(daemon, client):
    """Of a namespace, of all of a subsystem, and of the hosts that came through a controller."""
    ports = [free_port(), free_port()]
    names = [client.controller(SUB, f"ctrl{i + 1}", port).name for i, port in enumerate(ports)]
    spaces = [client.namespace(SUB, f"space{i}", volume_name_ref=f"malloc{i}").name for i in range(2)]
    with (nvme_tcp.Host("127.0.0.1", ports[0], nqn("sub1")) as one,
          nvme_tcp.Host("127.0.0.1", ports[1], nqn("sub1"), nqn("other")) as other):
        one_queue, other_queue = one.open(), other.open()
        for _ in range(3):
            assert nvme_tcp.read(one_queue, 0, 8)[0] == nvme_tcp.SUCCESS
        assert nvme_tcp.write(one_queue, 0, b"x" * 1024, nsid=2) == nvme_tcp.SUCCESS
        assert nvme_tcp.write(other_queue, 0, b"x" * 512) == nvme_tcp.SUCCESS

        def seen(kind, name):
            stats = stats_of(client, kind, name)
            return (stats.read_ops_count, stats.read_bytes_count, stats.write_ops_count, stats.write_bytes_count)
        assert seen("NvmeController", names[0]) == (3, 3 * 4096, 1, 1024)
        assert seen("NvmeController", names[1]) == (0, 0, 1, 512)
        assert seen("NvmeNamespace", spaces[0]) == (3, 3 * 4096, 1, 512)
        assert seen("NvmeNamespace", spaces[1]) == (0, 0, 1, 1024)
        assert seen("NvmeSubsystem", SUB) == (3, 3 * 4096, 2, 1536)
        assert metric(daemon, "outrigger_nvme_connections", SUB) == {"": 2}
        assert metric(daemon, "outrigger_nvme_connections", names[1]) == {"": 1}
        assert metric(daemon, "outrigger_device_operations_total", names[0])["read"] == 3
        assert metric(daemon, "outrigger_device_bytes_total", spaces[1])["write"] == 1024
        assert metric(daemon, "outrigger_device_operations_total", SUB)["write"] == 2
        table = daemon.cli("top", "--once", "--interval", "0.1", "--all")
        assert "sub1/ctrl1" in table and "nvme-controller" in table and "nvme-subsystem" in table
    deadline = time.monotonic() + 5
    while client.state().connections:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert seen("NvmeController", names[0]) == (3, 3 * 4096, 1, 1024), "hosts go, what they did stays"
    client.delete(spaces[0])
    assert seen("NvmeSubsystem", SUB) == (3, 3 * 4096, 2, 1536)


# -- a namespace on a namespace of another daemon

@pytest.fixture
def target():
    made = test_nvme_remote.Target()
    yield made
    made.daemon.remove()


@pytest.fixture
def chain(client, channel, target):
    """Host ⇒ this daemon ⇒ another one: the port where hosts reach it."""
    remote = test_nvme_remote.Client(channel)
    remote.controller(tcp=backend_nvme_pb2.TcpController(hdgst=True))
    remote.path(target.port)
    port = free_port()
    client.controller(SUB, "ctrl1", port)
    client.namespace(SUB, "far-away", volume_name_ref="nvme0n1")
    yield port
    client.clean()
    remote.delete_path(f"{test_nvme_remote.REMOTE}/nvmePaths/path1")
    remote.delete_controller()


def test_a_reset_and_other_digests_under_io(client, channel, target, chain):
    remote = test_nvme_remote.Client(channel)
    is_over = threading.Event()
    count = 0

    def traffic(host):
        nonlocal count
        queue = host.open()
        while not is_over.is_set():
            text = count.to_bytes(8, "little") * 512
            assert nvme_tcp.write(queue, count % 64, text, 4096) == nvme_tcp.SUCCESS
            assert nvme_tcp.read(queue, count % 64, 1, 4096) == (nvme_tcp.SUCCESS, text)
            count += 1

    def trouble():
        try:
            for _ in range(3):
                before, connects = count, remote.state().paths[0].connects
                remote.stub.ResetNvmeRemoteController(
                    backend_nvme_pb2.ResetNvmeRemoteControllerRequest(name=test_nvme_remote.REMOTE))
                test_nvme_remote.wait_for("a new connection", lambda: remote.state().paths[0].connects > connects)
                test_nvme_remote.wait_for("more I/O", lambda: count > before + 20)
            for digests in ({"ddgst": True}, {}, {"hdgst": True, "ddgst": True}):
                before = count
                remote.stub.UpdateNvmeRemoteController(backend_nvme_pb2.UpdateNvmeRemoteControllerRequest(
                    nvme_remote_controller=backend_nvme_pb2.NvmeRemoteController(
                        name=test_nvme_remote.REMOTE, tcp=backend_nvme_pb2.TcpController(**digests)),
                    update_mask=mask("tcp")))
                test_nvme_remote.wait_for("more I/O", lambda: count > before + 20)
            remote.options.UpdateNvmeRemoteControllerOptions(
                test_nvme_remote.v1.UpdateNvmeRemoteControllerOptionsRequest(
                    nvme_remote_controller_options=test_nvme_remote.v1.NvmeRemoteControllerOptions(
                        name=test_nvme_remote.REMOTE, keep_alive_ms=2000), update_mask=mask("keep_alive_ms")))
            before = count
            test_nvme_remote.wait_for("more I/O", lambda: count > before + 20)
        finally:
            is_over.set()
    with nvme_tcp.Host("127.0.0.1", chain, nqn("sub1")) as host:
        seconds_for(lambda: traffic(host), trouble)
    stats = remote.stub.StatsNvmeRemoteController(
        backend_nvme_pb2.StatsNvmeRemoteControllerRequest(name=test_nvme_remote.REMOTE)).stats
    assert stats.write_ops_count >= count and stats.read_ops_count >= count
    stats = remote.stub.StatsNvmePath(backend_nvme_pb2.StatsNvmePathRequest(
        name=f"{test_nvme_remote.REMOTE}/nvmePaths/path1")).stats
    assert stats.write_ops_count > 0 and stats.read_bytes_count > 0


def test_what_is_away_says_so(client, channel, target, chain):
    remote = test_nvme_remote.Client(channel)
    name = f"{SUB}/nvmeNamespaces/far-away"
    Status = nvme.NvmeNamespaceStatus

    def status():
        return client.stub.GetNvmeNamespace(nvme.GetNvmeNamespaceRequest(name=name)).status
    assert (status().state, status().oper_state) == (Status.STATE_ENABLED, Status.OPER_STATE_ONLINE)
    opi.QOS.call(channel, "Create", qos_volume=opi.qos_volume("nvme0n1"), qos_volume_id="over-it")
    target.daemon.kill()
    test_nvme_remote.wait_for("the loss", lambda: status().oper_state == Status.OPER_STATE_OFFLINE)
    assert status().state == Status.STATE_ENABLED
    space, = client.state().namespaces
    assert space.state_reason == "no path to it is live"
    assert remote.volume("over-it").state == test_nvme_remote.volume_pb2.Volume.OFFLINE, "what stands on it is away, too"
    target.daemon.start()
    test_nvme_remote.wait_for("the return", lambda: status().oper_state == Status.OPER_STATE_ONLINE)
    assert not client.state().namespaces[0].state_reason
    opi.QOS.delete(channel, "volumes/over-it")
