"""gRPC as a generic tool meets it: reflection, health, limits; and how a daemon refuses to start."""
import socket

import grpc
import opi
import pytest
import reflection_pb2
import reflection_pb2_grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc.health.v1 import health_pb2, health_pb2_grpc
from outrigger_daemon import Daemon

SERVICES = {
    "opi_api.storage.v1.AioVolumeService", "opi_api.storage.v1.MallocVolumeService",
    "opi_api.storage.v1.NullVolumeService", "opi_api.storage.v1.NvmeRemoteControllerService",
    "opi_api.storage.v1.FrontendNvmeService", "opi_api.storage.v1.FrontendVirtioBlkService",
    "opi_api.storage.v1.FrontendVirtioScsiService", "opi_api.storage.v1.MiddleendEncryptionService",
    "opi_api.storage.v1.MiddleendQosVolumeService", "opi_api.inventory.v1.InventoryService",
    "outrigger.v1.HostService", "outrigger.v1.VolumeService", "outrigger.v1.DeviceService",
    "outrigger.v1.TelemetryService", "outrigger.v1.NvmeStateService", "outrigger.v1.NvmeSubsystemOptionsService",
    "outrigger.v1.NvmeRemoteStateService", "outrigger.v1.NvmeRemoteControllerOptionsService",
    "outrigger.v1.NvmeDiscoveryService", "outrigger.v1.NvmeReferralService",
}


def reflect(channel, **request):
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    return next(stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(**request)]), timeout=10))


def test_reflection_lists_every_service(channel):
    found = {service.name for service in reflect(channel, list_services="").list_services_response.service}
    assert SERVICES <= found
    assert "grpc.health.v1.Health" in found


def test_a_client_that_knows_nothing_but_reflection(channel):
    """What grpcurl does: files by reflection, messages made from them, a call."""
    files = {}
    wanted = ["opi_api.storage.v1.NullVolumeService", "grpc.health.v1.Health"]
    while wanted:
        answer = reflect(channel, file_containing_symbol=wanted.pop()).file_descriptor_response
        for data in answer.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(data)
            files[file.name] = file
    pool = descriptor_pool.DescriptorPool()

    def add(name):
        file = files.pop(name, None)
        if file is not None:
            for dependency in file.dependency:
                add(dependency)
            pool.Add(file)
    for name in list(files):
        add(name)
    service = pool.FindServiceByName("opi_api.storage.v1.NullVolumeService")
    method = service.methods_by_name["ListNullVolumes"]
    factory = message_factory.MessageFactory(pool)
    request, response = (factory.GetPrototype(method.input_type), factory.GetPrototype(method.output_type))
    call = channel.unary_unary(f"/{service.full_name}/{method.name}", request_serializer=request.SerializeToString,
                               response_deserializer=response.FromString)
    assert call(request(), timeout=10).next_page_token == ""


def test_health(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ("", *SERVICES):
        assert stub.Check(health_pb2.HealthCheckRequest(service=service)).status == 1, service
    opi.refused(lambda: stub.Check(health_pb2.HealthCheckRequest(service="nonsense")), grpc.StatusCode.NOT_FOUND)


def test_bytes_that_are_no_message_and_too_many(channel):
    call = channel.unary_unary("/opi_api.storage.v1.NullVolumeService/GetNullVolume")
    opi.refused(lambda: call(b"\x0a\x05abc"), grpc.StatusCode.INVALID_ARGUMENT, "GetNullVolumeRequest")
    opi.refused(lambda: call(b"\x0a\x01\xff"), grpc.StatusCode.INVALID_ARGUMENT)
    with pytest.raises(grpc.RpcError) as error:
        call(b"\x0a" + b"\x80\x80\x80\x01" + b"a" * (1 << 21))
    assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    opi.refused(lambda: channel.unary_unary("/opi_api.storage.v1.NullVolumeService/Nonsense")(b""),
                grpc.StatusCode.UNIMPLEMENTED)


def test_over_the_unix_socket(daemon):
    with daemon.channel(daemon.socket) as channel:
        assert not opi.NULL.list(channel).null_volumes


def test_many_clients_at_once(daemon):
    calls = []
    channels = [daemon.channel() for _ in range(8)]
    for channel in channels:
        stub = opi.NULL.stub(channel)
        for i in range(50):
            request = opi.NULL.request("Create", null_volume=opi.null_volume(), null_volume_id=f"crowd-{i}")
            calls.append(stub.CreateNullVolume.future(request, timeout=60))
    names = set()
    for call in calls:
        try:
            names.add(call.result().name)
        except grpc.RpcError as error:  # another client is just making the same one
            assert error.code() == grpc.StatusCode.ABORTED, error.details()
    assert names == {f"volumes/crowd-{i}" for i in range(50)}
    for name in names:
        opi.NULL.delete(channels[0], name)
    for channel in channels:
        channel.close()


@pytest.mark.parametrize("which", ["grpc", "rest"])
def test_a_port_in_use_is_said_at_once(which):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        daemon = Daemon(**{f"{which}_addresses": [address]})
        try:
            log = daemon.fails_to_start()
            assert address in log and "another program listens there" in log
        finally:
            daemon.remove()


def test_plaintext_for_everybody_is_refused_unless_allowed():
    daemon = Daemon(grpc_addresses=["0.0.0.0:0"])
    try:
        assert "api.allow_insecure" in daemon.fails_to_start()
        daemon.allow_insecure = True
        open(daemon.log_path, "w", encoding="utf-8").close()
        daemon.start()
        assert daemon.terminate() == 0
    finally:
        daemon.remove()


@pytest.mark.parametrize("address, says", [
    ("nonsense", "host:port"), ("127.0.0.1:99999", "99999"), ("unix:relative", "unix:/"), ("192.0.2.7:50051", "192.0.2.7"),
])
def test_addresses_that_cannot_be(address, says):
    daemon = Daemon(grpc_addresses=[address], allow_insecure=True)
    try:
        assert says in daemon.fails_to_start()
    finally:
        daemon.remove()
