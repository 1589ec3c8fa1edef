"""OPI's kinds as the tests see them: how each is made, and what its service calls its methods."""
import dataclasses
import typing
import uuid

import grpc
from google.protobuf import field_mask_pb2, wrappers_pb2
from storage import (backend_aio_pb2, backend_aio_pb2_grpc, backend_malloc_pb2, backend_malloc_pb2_grpc,
                     backend_null_pb2, backend_null_pb2_grpc, frontend_virtio_blk_pb2, frontend_virtio_blk_pb2_grpc,
                     middleend_encryption_pb2, middleend_encryption_pb2_grpc, middleend_qos_volume_pb2,
                     middleend_qos_volume_pb2_grpc, opicommon_pb2)


@dataclasses.dataclass
class Kind:
    """One kind; `message` makes a valid resource, a different one for each call where that matters."""

    name: str
    field: str
    collection: str
    messages: typing.Any
    stub: typing.Any
    message: typing.Callable
    plural: str
    needs_parent: bool = False

    def request(self, verb, **fields):
        suffix = self.plural if verb == "List" else self.name
        return getattr(self.messages, f"{verb}{suffix}Request")(**fields)

    def call(self, channel, verb, **fields):
        suffix = self.plural if verb == "List" else self.name
        return getattr(self.stub(channel), verb + suffix)(self.request(verb, **fields), timeout=30)

    def create(self, channel, id_="", **changes):
        resource = self.message()
        for key, value in changes.items():
            setattr(resource, key, value)
        return self.call(channel, "Create", **{self.field: resource, self.field + "_id": id_})

    def list(self, channel, **fields):
        if self.needs_parent:
            fields.setdefault("parent", "todo")  # as godpu says it
        return self.call(channel, "List", **fields)

    def items(self, response):
        return getattr(response, "".join("_" + c.lower() if c.isupper() else c for c in self.plural)[1:])

    def update(self, channel, resource, *paths, **fields):
        return self.call(channel, "Update", **{self.field: resource},
                         update_mask=field_mask_pb2.FieldMask(paths=paths), **fields)

    def delete(self, channel, name, **fields):
        return self.call(channel, "Delete", name=name, **fields)


def malloc_volume():
    return backend_malloc_pb2.MallocVolume(block_size=512, blocks_count=64)


def null_volume():
    return backend_null_pb2.NullVolume(block_size=512, blocks_count=64)


_aio_files = []


def aio_volume():
    import tempfile
    file = tempfile.NamedTemporaryFile(prefix="outrigger-aio-", suffix=".img")
    file.truncate(1 << 20)
    _aio_files.append(file)  # removed with the test's process
    return backend_aio_pb2.AioVolume(filename=file.name, block_size=512)


def qos_volume(below="malloc0"):
    limit = opicommon_pb2.QosLimit(rw_iops_kiops=2)
    return middleend_qos_volume_pb2.QosVolume(
        volume_name_ref=below, limits=middleend_qos_volume_pb2.Limits(max=limit))


def encrypted_volume(below="malloc1"):
    return middleend_encryption_pb2.EncryptedVolume(
        volume_name_ref=below, key=b"0123456789abcdef0123456789abcdee",
        cipher=opicommon_pb2.ENCRYPTION_TYPE_AES_XTS_128)


_functions = iter(range(1, 200))


def virtio_blk(below=None):
    place = opicommon_pb2.PciEndpoint(
        port_id=wrappers_pb2.Int32Value(value=0), physical_function=wrappers_pb2.Int32Value(value=next(_functions)),
        virtual_function=wrappers_pb2.Int32Value(value=0))
    return frontend_virtio_blk_pb2.VirtioBlk(pcie_id=place, volume_name_ref=below or "malloc2")


MALLOC = Kind("MallocVolume", "malloc_volume", "mallocVolumes", backend_malloc_pb2,
              backend_malloc_pb2_grpc.MallocVolumeServiceStub, malloc_volume, "MallocVolumes")
NULL = Kind("NullVolume", "null_volume", "nullVolumes", backend_null_pb2,
            backend_null_pb2_grpc.NullVolumeServiceStub, null_volume, "NullVolumes")
AIO = Kind("AioVolume", "aio_volume", "aioVolumes", backend_aio_pb2,
           backend_aio_pb2_grpc.AioVolumeServiceStub, aio_volume, "AioVolumes")
QOS = Kind("QosVolume", "qos_volume", "qosVolumes", middleend_qos_volume_pb2,
           middleend_qos_volume_pb2_grpc.MiddleendQosVolumeServiceStub, qos_volume, "QosVolumes", needs_parent=True)
ENCRYPTED = Kind("EncryptedVolume", "encrypted_volume", "encryptedVolumes", middleend_encryption_pb2,
                 middleend_encryption_pb2_grpc.MiddleendEncryptionServiceStub, encrypted_volume, "EncryptedVolumes",
                 needs_parent=True)
VIRTIO_BLK = Kind("VirtioBlk", "virtio_blk", "virtioBlks", frontend_virtio_blk_pb2,
                  frontend_virtio_blk_pb2_grpc.FrontendVirtioBlkServiceStub, virtio_blk, "VirtioBlks")
ALL = [MALLOC, NULL, AIO, QOS, ENCRYPTED, VIRTIO_BLK]


def make_base_volumes(channel):
    """What the others stand on. (godpu's Malloc0 cannot be created through the API: ids have no capital letters.)"""
    for name in ("malloc0", "malloc1", "malloc2"):
        MALLOC.create(channel, name, blocks_count=2048)


def refused(call, code, *words):
    """Asserts that `call()` fails with `code` and says `words`."""
    try:
        answer = call()
    except grpc.RpcError as error:
        assert error.code() == code, f"{error.code()}: {error.details()}"
        for word in words:
            assert word in error.details(), f"{word!r} is not in: {error.details()}"
        return error.details()
    raise AssertionError(f"not refused: {answer}")


def is_uuid(text):
    try:
        return str(uuid.UUID(text)) == text and uuid.UUID(text).version == 4
    except ValueError:
        return False
