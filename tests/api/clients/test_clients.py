"""Programs that others wrote, unchanged, against outriggerd. Run by clients/run, which installs them."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

PROJECT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PROJECT / "tests/api"))

import nvme_tcp  # noqa: E402
from outrigger_daemon import Daemon, free_port  # noqa: E402

NULL = "opi_api.storage.v1.NullVolumeService"


@pytest.fixture(scope="module")
def daemon():
    made = Daemon()
    try:
        yield made.start()
    finally:
        made.remove()


def run(*words, status=0):
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def grpcurl(daemon, *words, data=None, status=0):
    options = ["-d", json.dumps(data)] if data is not None else []
    return run(str(PROJECT / "build/tools/grpcurl"), "-plaintext", *options, daemon.address, *words, status=status)


def test_grpcurl_lists_describes_and_calls_by_reflection(daemon):
    services = grpcurl(daemon, "list").split()
    assert NULL in services and "outrigger.v1.HostService" in services
    for service in services:
        assert service in grpcurl(daemon, "describe", service)
    assert "SERVING" in grpcurl(daemon, "grpc.health.v1.Health/Check", data={"service": NULL})
    made = json.loads(grpcurl(daemon, f"{NULL}/CreateNullVolume",
                              data={"null_volume_id": "by-grpcurl", "nullVolume": {"blockSize": 512, "blocks_count": 8}}))
    assert made["name"] == "volumes/by-grpcurl"
    assert "by-grpcurl" in grpcurl(daemon, f"{NULL}/ListNullVolumes", data={})
    assert "NotFound" in grpcurl(daemon, f"{NULL}/GetNullVolume", data={"name": "volumes/none"}, status=69)
    assert json.loads(grpcurl(daemon, f"{NULL}/DeleteNullVolume", data={"name": "volumes/by-grpcurl"})) == {}


def test_grpcurl_serves_a_namespace_over_nvme_tcp(daemon):
    """OPI's three kinds of the front end, each created, listed and deleted by reflection."""
    service = "opi_api.storage.v1.FrontendNvmeService"
    subsystem = "nvmeSubsystems/by-grpcurl"

    def create(kind, id_, spec, **parent):
        field = "nvme_" + kind.lower()
        made = json.loads(grpcurl(daemon, f"{service}/CreateNvme{kind}",
                                  data={**parent, f"{field}_id": id_, field: {"spec": spec}}))
        listed = json.loads(grpcurl(daemon, f"{service}/ListNvme{kind}s", data=parent))
        assert [each["name"] for each in listed[f"{field}s"]] == [made["name"]]
        return made["name"]

    def delete(kind, name):
        assert json.loads(grpcurl(daemon, f"{service}/DeleteNvme{kind}", data={"name": name})) == {}
        assert "NotFound" in grpcurl(daemon, f"{service}/GetNvme{kind}", data={"name": name}, status=69)

    grpcurl(daemon, f"{NULL}/CreateNullVolume",
            data={"null_volume_id": "served", "null_volume": {"block_size": 512, "blocks_count": 8}})
    nqn = "nqn.2022-09.io.example:by-grpcurl"
    port = free_port()
    assert create("Subsystem", "by-grpcurl", {"nqn": nqn, "max_namespaces": 8}) == subsystem
    controller = create("Controller", "ctrl1", {
        "trtype": "NVME_TRANSPORT_TYPE_TCP",
        "fabrics_id": {"traddr": "127.0.0.1", "trsvcid": str(port), "adrfam": "NVME_ADDRESS_FAMILY_IPV4"}},
        parent=subsystem)  # fmt: skip
    space = create("Namespace", "space1", {"volume_name_ref": "volumes/served"}, parent=subsystem)
    assert nvme_tcp.connect("127.0.0.1", port, nqn) == nvme_tcp.SUCCESS
    delete("Namespace", space)
    delete("Controller", controller)
    delete("Subsystem", subsystem)
    with pytest.raises(ConnectionRefusedError):
        nvme_tcp.connect("127.0.0.1", port, nqn)
    grpcurl(daemon, f"{NULL}/DeleteNullVolume", data={"name": "volumes/served"})


def dpu(daemon, *words):
    return run(str(PROJECT / "build/venv/bin/dpu"), "--address", daemon.address, *words)


def test_pydpu_s_command_line(daemon):
    dpu(daemon, "inventory", "get")
    said = dpu(daemon, "storage", "subsystem")  # Create, List, Get, Stats, Delete
    assert "UNIMPLEMENTED" not in said and "nvmeSubsystems/opi-" in said, said


def test_pydpu_s_own_stubs(daemon):
    """Its frozen copies of OPI's protocol are wire-identical for the kinds in scope."""
    script = f"""
import grpc
from pydpu.proto.v1 import (backend_malloc_pb2, backend_malloc_pb2_grpc, inventory_pb2, inventory_pb2_grpc,
                            middleend_qos_volume_pb2, middleend_qos_volume_pb2_grpc, opicommon_pb2)
with grpc.insecure_channel({daemon.address!r}) as channel:
    stub = inventory_pb2_grpc.InventoryServiceStub(channel)
    found = stub.GetInventory(inventory_pb2.GetInventoryRequest())
    assert found.processor.total_threads > 0 and found.memory.total_usable_bytes > 0, found
    malloc = backend_malloc_pb2_grpc.MallocVolumeServiceStub(channel)
    volume = backend_malloc_pb2.MallocVolume(block_size=512, blocks_count=64)
    made = malloc.CreateMallocVolume(
        backend_malloc_pb2.CreateMallocVolumeRequest(malloc_volume=volume, malloc_volume_id="by-pydpu"))
    assert made.name == "volumes/by-pydpu", made
    qos = middleend_qos_volume_pb2_grpc.MiddleendQosVolumeServiceStub(channel)
    limited = middleend_qos_volume_pb2.QosVolume(
        volume_name_ref="by-pydpu", limits=middleend_qos_volume_pb2.Limits(max=opicommon_pb2.QosLimit(rw_iops_kiops=2)))
    name = qos.CreateQosVolume(middleend_qos_volume_pb2.CreateQosVolumeRequest(qos_volume=limited)).name
    assert len(name.split("/")[1]) == 36, name
    assert qos.StatsQosVolume(middleend_qos_volume_pb2.StatsQosVolumeRequest(name=name)).stats.read_ops_count == 0
    qos.DeleteQosVolume(middleend_qos_volume_pb2.DeleteQosVolumeRequest(name=name))
    malloc.DeleteMallocVolume(backend_malloc_pb2.DeleteMallocVolumeRequest(name=made.name))
    print("threads", found.processor.total_threads)
"""
    assert "threads" in run(str(PROJECT / "build/venv/bin/python"), "-c", script)
