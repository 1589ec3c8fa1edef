"""Every kind through the sequence of `godpu storage test`: Create with and without id, exact names, Update with mask
`*`, List, Get, Stats, Delete; and what only we promise: changes in place, users named, secrets kept."""
import grpc
import opi
import pytest
from google.protobuf import field_mask_pb2, wrappers_pb2
from inventory import inventory_pb2, inventory_pb2_grpc
from outrigger.v1 import host_pb2, host_pb2_grpc, qos_burst_pb2, qos_burst_pb2_grpc, telemetry_pb2, telemetry_pb2_grpc, volume_pb2, volume_pb2_grpc
from storage import frontend_virtio_scsi_pb2, frontend_virtio_scsi_pb2_grpc, opicommon_pb2


@pytest.fixture(scope="module", autouse=True)
def base(channel):
    opi.make_base_volumes(channel)


@pytest.mark.parametrize("kind", opi.ALL, ids=lambda kind: kind.name)
@pytest.mark.parametrize("is_named", [True, False], ids=["with-id", "without-id"])
def test_life(channel, kind, is_named):
    id_ = f"opi-{kind.name.lower()}8" if is_named else ""
    made = kind.create(channel, id_)
    collection, last = made.name.split("/")
    assert collection == "volumes"
    if is_named:
        assert made.name == f"volumes/{id_}"
    else:
        assert opi.is_uuid(last)

    resource = kind.message()
    resource.CopyFrom(made)
    if kind is opi.ENCRYPTED:
        resource.key = b"0123456789abcdef0123456789abcdff"  # never given back; a full replace needs one
    assert kind.update(channel, resource, "*").name == made.name

    assert made.name in [item.name for item in kind.items(kind.list(channel))]
    for name in (made.name, f"{kind.collection}/{last}"):
        assert kind.call(channel, "Get", name=name).name == made.name
        stats = kind.call(channel, "Stats", name=name).stats
        assert stats.read_ops_count == 0 and stats.write_bytes_count == 0
    kind.delete(channel, f"{kind.collection}/{last}")
    opi.refused(lambda: kind.call(channel, "Get", name=made.name), grpc.StatusCode.NOT_FOUND,
                f"unable to find key {made.name}")
    opi.refused(lambda: kind.delete(channel, made.name), grpc.StatusCode.NOT_FOUND, "unable to find key")
    kind.delete(channel, made.name, allow_missing=True)
    assert made.name not in [item.name for item in kind.items(kind.list(channel))]


@pytest.mark.parametrize("kind", [opi.MALLOC, opi.NULL], ids=lambda kind: kind.name)
def test_sizes_are_what_was_asked_and_grow_in_place(channel, kind):
    made = kind.create(channel, "sized", block_size=4096, blocks_count=100)
    assert (made.block_size, made.blocks_count) == (4096, 100)
    made.blocks_count = 200
    assert kind.update(channel, made, "blocks_count").blocks_count == 200
    assert kind.call(channel, "Get", name=made.name).blocks_count == 200
    made.block_size = 512
    opi.refused(lambda: kind.update(channel, made, "block_size"), grpc.StatusCode.INVALID_ARGUMENT, "block_size")
    assert kind.call(channel, "Get", name=made.name).block_size == 4096
    kind.delete(channel, made.name)


def test_memory_volumes_promise_no_more_than_there_is(channel):
    refuse = lambda call: opi.refused(call, grpc.StatusCode.RESOURCE_EXHAUSTED, "malloc_mib")  # noqa: E731
    refuse(lambda: opi.MALLOC.create(channel, "huge", block_size=4096, blocks_count=1 << 40))
    made = opi.MALLOC.create(channel, "sized", block_size=4096, blocks_count=100)
    made.blocks_count = 1 << 40
    refuse(lambda: opi.MALLOC.update(channel, made, "blocks_count"))
    assert opi.MALLOC.call(channel, "Get", name=made.name).blocks_count == 100
    opi.MALLOC.delete(channel, made.name)


def test_aio_takes_its_size_from_the_file(channel):
    made = opi.AIO.create(channel, "from-file")
    assert made.block_size * made.blocks_count == 1 << 20
    opi.AIO.delete(channel, made.name)
    opi.refused(lambda: opi.AIO.create(channel, "nowhere", filename="/nonexistent/x"), grpc.StatusCode.NOT_FOUND,
                "file /nonexistent/x does not exist", "truncate -s")
    opi.refused(lambda: opi.AIO.call(channel, "Get", name="volumes/nowhere"), grpc.StatusCode.NOT_FOUND)
    opi.refused(lambda: opi.AIO.create(channel, "nowhere", filename="/nonexistent/x", blocks_count=8),
                grpc.StatusCode.NOT_FOUND, "/nonexistent/x")
    opi.refused(lambda: opi.AIO.create(channel, "nowhere", filename="/dev"), grpc.StatusCode.INVALID_ARGUMENT,
                "a directory")


def test_aio_is_as_large_as_asked(channel, tmp_path):
    file = tmp_path / "aio_bdev_file"
    # godpu's numbers, where its file is not there yet.
    made = opi.AIO.create(channel, "sized-file", filename=str(file), blocks_count=12)
    assert (made.blocks_count, file.stat().st_size) == (12, 12 * 512)
    made.blocks_count = 9999
    assert opi.AIO.update(channel, made, "blocks_count").blocks_count == 9999
    assert file.stat().st_size == 9999 * 512, "the file grew"
    opi.AIO.delete(channel, made.name)
    assert file.stat().st_size == 9999 * 512, "the data stay"
    # And where a larger one is there: its first blocks.
    made = opi.AIO.create(channel, "sized-file", filename=str(file), blocks_count=12)
    assert (made.blocks_count, file.stat().st_size) == (12, 9999 * 512)
    bare = opi.AIO.message()
    bare.name, bare.filename, bare.block_size = made.name, str(file), 0
    assert opi.AIO.update(channel, bare, "*").blocks_count == 12, "what is left out stays"
    opi.QOS.call(channel, "Create", qos_volume=opi.qos_volume("sized-file"), qos_volume_id="on-file")
    made.blocks_count = 11
    opi.refused(lambda: opi.AIO.update(channel, made, "blocks_count"), grpc.StatusCode.FAILED_PRECONDITION,
                "volumes/on-file", "cannot shrink from 12 to 11")
    opi.QOS.delete(channel, "volumes/on-file")
    made.blocks_count = 0
    assert opi.AIO.update(channel, made, "blocks_count").blocks_count == 9999, "again all there is"
    opi.AIO.delete(channel, made.name)
    opi.refused(lambda: opi.AIO.create(channel, "sized-file", filename=str(file), blocks_count=10000),
                grpc.StatusCode.INVALID_ARGUMENT, "9999 blocks of 512 bytes", "truncate -s")
    opi.refused(lambda: opi.AIO.call(channel, "Get", name=made.name), grpc.StatusCode.NOT_FOUND)


def test_what_is_used_is_not_deleted(channel):
    opi.QOS.create(channel, "upper")
    opi.refused(lambda: opi.MALLOC.delete(channel, "volumes/malloc0"), grpc.StatusCode.FAILED_PRECONDITION,
                "volumes/upper")
    opi.QOS.delete(channel, "volumes/upper")


def test_what_is_used_does_not_shrink(channel):
    for kind in (opi.MALLOC, opi.NULL):
        made = kind.create(channel, "shrinking", blocks_count=2048)
        opi.VIRTIO_BLK.call(channel, "Create", virtio_blk=opi.virtio_blk("shrinking"), virtio_blk_id="on-shrinking")
        made.blocks_count = 8
        opi.refused(lambda kind=kind, made=made: kind.update(channel, made, "blocks_count"),
                    grpc.StatusCode.FAILED_PRECONDITION, "volumes/on-shrinking", "cannot shrink from 2048 to 8")
        assert kind.call(channel, "Get", name=made.name).blocks_count == 2048
        opi.VIRTIO_BLK.delete(channel, "volumes/on-shrinking")
        assert kind.update(channel, made, "blocks_count").blocks_count == 8
        kind.delete(channel, made.name)


def test_a_volume_must_exist_to_be_stood_on(channel):
    opi.refused(lambda: opi.QOS.call(channel, "Create", qos_volume=opi.qos_volume("no-such-volume"),
                                     qos_volume_id="orphan"),
                grpc.StatusCode.NOT_FOUND, "qos_volume.volume_name_ref", "no-such-volume")
    opi.refused(lambda: opi.QOS.call(channel, "Get", name="volumes/orphan"), grpc.StatusCode.NOT_FOUND)


def test_qos_rules(channel):
    def limited(**rates):
        volume = opi.qos_volume()
        volume.limits.max.CopyFrom(opicommon_pb2.QosLimit(**rates))
        return lambda: opi.QOS.call(channel, "Create", qos_volume=volume, qos_volume_id="rules")
    opi.refused(limited(), grpc.StatusCode.INVALID_ARGUMENT, "should set limit")
    opi.refused(limited(rw_iops_kiops=-1), grpc.StatusCode.INVALID_ARGUMENT, "cannot be negative")
    with_minimum = opi.qos_volume()
    with_minimum.limits.min.rw_iops_kiops = 1
    opi.refused(lambda: opi.QOS.call(channel, "Create", qos_volume=with_minimum), grpc.StatusCode.INVALID_ARGUMENT,
                "min_limit")
    # Separate reads and writes: more than the bridges can.
    made = limited(rd_iops_kiops=1, wr_iops_kiops=2, rd_bandwidth_mbs=3, wr_bandwidth_mbs=4, rw_bandwidth_mbs=5)()
    made.limits.max.rd_iops_kiops = 7
    assert opi.QOS.update(channel, made, "limits.max.rd_iops_kiops").limits.max.rd_iops_kiops == 7
    made.volume_name_ref = "malloc1"
    opi.refused(lambda: opi.QOS.update(channel, made, "volume_name_ref"), grpc.StatusCode.INVALID_ARGUMENT,
                "volume_name_ref")
    opi.QOS.delete(channel, made.name)


def test_bursts(channel):
    stub = qos_burst_pb2_grpc.QosBurstServiceStub(channel)
    opi.QOS.create(channel, "bursting")

    def update(*paths, name="qosVolumes/bursting", **rates):
        return stub.UpdateQosBurst(qos_burst_pb2.UpdateQosBurstRequest(
            qos_burst=qos_burst_pb2.QosBurst(name=name, **rates), update_mask=field_mask_pb2.FieldMask(paths=paths)))
    def get(name):
        return stub.GetQosBurst(qos_burst_pb2.GetQosBurstRequest(name=name))
    assert (get("volumes/bursting").name, get("bursting").rw_ops) == ("volumes/bursting", 0)
    assert update("rw_ops", rw_ops=5000, rd_bytes=7).rw_ops == 5000
    assert (get("bursting").rw_ops, get("bursting").rd_bytes) == (5000, 0), "only what the mask names"
    opi.refused(lambda: update("rw_ops", rw_ops=-1), grpc.StatusCode.INVALID_ARGUMENT, "qos_burst.rw_ops")
    opi.refused(lambda: update("nonsense"), grpc.StatusCode.INVALID_ARGUMENT, "invalid field path: nonsense")
    opi.refused(lambda: update("rw_ops", name="volumes/not-there"), grpc.StatusCode.NOT_FOUND, "volumes/not-there")
    opi.refused(lambda: update("rw_ops", name="volumes/malloc0"), grpc.StatusCode.NOT_FOUND, "rate-limited volume")
    opi.refused(lambda: update("rw_ops", name=""), grpc.StatusCode.INVALID_ARGUMENT, "qos_burst.name")
    opi.refused(lambda: stub.UpdateQosBurst(qos_burst_pb2.UpdateQosBurstRequest()), grpc.StatusCode.INVALID_ARGUMENT,
                "missing required field: qos_burst")
    assert get("bursting").rw_ops == 5000, "refusals change nothing"
    opi.QOS.delete(channel, "volumes/bursting")
    opi.refused(lambda: get("bursting"), grpc.StatusCode.NOT_FOUND)


def test_encryption_keys_are_checked_and_never_given_back(channel):
    def encrypted(key, cipher):
        volume = opi.encrypted_volume()
        volume.key, volume.cipher = key, cipher
        return lambda: opi.ENCRYPTED.call(channel, "Create", encrypted_volume=volume, encrypted_volume_id="secret")
    secret = b"K" * 31
    said = opi.refused(encrypted(secret, opicommon_pb2.ENCRYPTION_TYPE_AES_XTS_128),
                       grpc.StatusCode.INVALID_ARGUMENT, "expected key size 256b", "248b")
    assert "KKK" not in said
    opi.refused(encrypted(b"K" * 32, opicommon_pb2.ENCRYPTION_TYPE_AES_CBC_128), grpc.StatusCode.INVALID_ARGUMENT,
                "only AES_XTS_256 and AES_XTS_128 are supported")
    opi.refused(encrypted(b"", opicommon_pb2.ENCRYPTION_TYPE_AES_XTS_128), grpc.StatusCode.INVALID_ARGUMENT, "key")
    opi.refused(encrypted(b"K" * 64, opicommon_pb2.ENCRYPTION_TYPE_AES_XTS_256), grpc.StatusCode.INVALID_ARGUMENT,
                "halves are equal")
    made = encrypted(b"K" * 32 + b"L" * 32, opicommon_pb2.ENCRYPTION_TYPE_AES_XTS_256)()
    assert made.key == b""
    assert opi.ENCRYPTED.call(channel, "Get", name=made.name).key == b""
    assert all(item.key == b"" for item in opi.ENCRYPTED.list(channel).encrypted_volumes)
    opi.ENCRYPTED.delete(channel, made.name)


def test_virtio_blk_rules(channel):
    def placed(port=0, function=150, virtual=0, below="malloc2"):
        disk = opi.virtio_blk(below)
        disk.pcie_id.port_id.value = port
        disk.pcie_id.physical_function.value = function
        disk.pcie_id.virtual_function.value = virtual
        return lambda id_="placed": opi.VIRTIO_BLK.call(channel, "Create", virtio_blk=disk, virtio_blk_id=id_)
    opi.refused(placed(virtual=1), grpc.StatusCode.INVALID_ARGUMENT, "virtual_function")
    opi.refused(placed(port=77), grpc.StatusCode.INVALID_ARGUMENT, "port_id")
    opi.refused(placed(function=-1), grpc.StatusCode.INVALID_ARGUMENT, "physical_function")
    made = placed()()
    opi.refused(lambda: placed()("elsewhere"), grpc.StatusCode.ALREADY_EXISTS, "volumes/placed")
    made.max_limit.rw_iops_kiops = 5
    assert opi.VIRTIO_BLK.update(channel, made, "max_limit").max_limit.rw_iops_kiops == 5
    opi.VIRTIO_BLK.delete(channel, made.name)


def test_hosts(channel):
    stub = host_pb2_grpc.HostServiceStub(channel)
    host = host_pb2.Host(port_id=wrappers_pb2.Int32Value(value=9))
    made = stub.CreateHost(host_pb2.CreateHostRequest(host=host, host_id="machine"))
    assert made.name == "hosts/machine"
    opi.refused(lambda: stub.CreateHost(host_pb2.CreateHostRequest(host=host, host_id="other")),
                grpc.StatusCode.ALREADY_EXISTS, "hosts/machine", "port")
    disk = opi.virtio_blk()
    disk.pcie_id.port_id.value = 9
    opi.VIRTIO_BLK.call(channel, "Create", virtio_blk=disk, virtio_blk_id="on-machine")
    assert list(stub.GetHost(host_pb2.GetHostRequest(name="hosts/machine")).devices) == ["volumes/on-machine"]
    opi.refused(lambda: stub.DeleteHost(host_pb2.DeleteHostRequest(name="hosts/machine")),
                grpc.StatusCode.FAILED_PRECONDITION, "volumes/on-machine")
    opi.VIRTIO_BLK.delete(channel, "volumes/on-machine")
    stub.DeleteHost(host_pb2.DeleteHostRequest(name="hosts/machine"))


def test_views_and_counters(channel):
    volumes = volume_pb2_grpc.VolumeServiceStub(channel)
    view = volumes.GetVolume(volume_pb2.GetVolumeRequest(name="malloc0"))
    assert (view.name, view.kind, view.resource_name) == ("volumes/malloc0", "malloc", "mallocVolumes/malloc0")
    assert view.state == volume_pb2.Volume.READY
    telemetry = telemetry_pb2_grpc.TelemetryServiceStub(channel).GetTelemetry(telemetry_pb2.GetTelemetryRequest())
    assert "volumes/malloc0" in [subject.name for subject in telemetry.subjects]
    assert telemetry.cores
    for name in ("malloc0", "volumes/malloc0", "mallocVolumes/malloc0"):
        only = telemetry_pb2_grpc.TelemetryServiceStub(channel).GetTelemetry(
            telemetry_pb2.GetTelemetryRequest(names=[name]))
        assert [subject.name for subject in only.subjects] == ["volumes/malloc0"], name


def test_inventory(channel):
    stub = inventory_pb2_grpc.InventoryServiceStub(channel)
    for name in ("", "inventory/1/inventory/2"):  # both clients send it empty
        found = stub.GetInventory(inventory_pb2.GetInventoryRequest(name=name))
        assert found.processor.total_threads > 0
        assert found.memory.total_usable_bytes > 0


def test_services_of_later_issues_say_so(channel):
    for call in (
        lambda: frontend_virtio_scsi_pb2_grpc.FrontendVirtioScsiServiceStub(channel).ListVirtioScsiLuns(
            frontend_virtio_scsi_pb2.ListVirtioScsiLunsRequest(parent="todo")),
    ):
        assert opi.refused(call, grpc.StatusCode.UNIMPLEMENTED) != ""


def test_everything_is_there_after_a_kill(daemon):
    with daemon.channel() as channel:
        opi.QOS.create(channel, "kept-limit")
        opi.ENCRYPTED.create(channel, "kept-secret")
        opi.VIRTIO_BLK.create(channel, "kept-disk")
        before = {kind.name: [item.SerializeToString(deterministic=True) for item in kind.items(kind.list(channel))]
                  for kind in opi.ALL}
    daemon.restart_after_kill()
    with daemon.channel() as channel:
        after = {kind.name: [item.SerializeToString(deterministic=True) for item in kind.items(kind.list(channel))]
                 for kind in opi.ALL}
        assert after == before
        opi.VIRTIO_BLK.delete(channel, "volumes/kept-disk")
        opi.ENCRYPTED.delete(channel, "volumes/kept-secret")
        opi.QOS.delete(channel, "volumes/kept-limit")
