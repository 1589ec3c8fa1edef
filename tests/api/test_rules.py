"""The rules common to all kinds: ids, names, required fields, masks, pages, idempotency."""
import grpc
import opi
import pytest

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND


@pytest.fixture(scope="module", autouse=True)
def base(channel):
    opi.make_base_volumes(channel)


@pytest.mark.parametrize("id_, says", [
    ("abc", "between 4 and 63"),
    ("a" * 64, "between 4 and 63"),
    ("-abcd", "hyphen"),
    ("CapitalLettersNotAllowed", "lowercase"),
    ("with_underscore", "lowercase"),
    ("with/slash", "lowercase"),
    ("12345678-1234-4234-8234-123456789abc", "UUID"),
])
def test_ids(channel, id_, says):
    for kind in opi.ALL:
        opi.refused(lambda kind=kind: kind.create(channel, id_), INVALID, says)


def test_the_name_in_the_body_is_ignored(channel):
    volume = opi.malloc_volume()
    volume.name = "volumes/other-name"
    made = opi.MALLOC.call(channel, "Create", malloc_volume=volume, malloc_volume_id="my-own-id")
    assert made.name == "volumes/my-own-id"
    opi.refused(lambda: opi.MALLOC.call(channel, "Get", name="volumes/other-name"), NOT_FOUND)
    opi.MALLOC.delete(channel, made.name)


def test_create_twice_gives_the_stored_object(channel):
    first = opi.MALLOC.create(channel, "twice")
    assert opi.MALLOC.create(channel, "twice") == first
    assert opi.MALLOC.create(channel, "twice", blocks_count=999) == first, "whatever is asked, as the bridges do"
    assert opi.MALLOC.create(channel, "twice", blocks_count=-1) == first, "before its values are looked at"
    opi.refused(lambda: opi.MALLOC.create(channel, "twice", blocks_count=0), INVALID, "missing required field")
    opi.MALLOC.delete(channel, first.name)


def test_the_uuid_of_a_request_is_ignored(channel):
    made = opi.MALLOC.create(channel, "own-uuid", uuid="whatever")
    assert opi.is_uuid(made.uuid)
    opi.MALLOC.delete(channel, made.name)


def test_required_fields_are_named_from_the_request_down(channel):
    opi.refused(lambda: opi.MALLOC.call(channel, "Create"), INVALID, "missing required field: malloc_volume")
    opi.refused(lambda: opi.MALLOC.create(channel, "some-id", block_size=0), INVALID,
                "missing required field: malloc_volume.block_size")
    opi.refused(lambda: opi.VIRTIO_BLK.call(channel, "Create", virtio_blk={"volume_name_ref": "x"}), INVALID,
                "missing required field: virtio_blk.pcie_id")
    opi.refused(lambda: opi.VIRTIO_BLK.call(
        channel, "Create", virtio_blk={"volume_name_ref": "x", "pcie_id": {"port_id": {}}}), INVALID,
        "missing required field: virtio_blk.pcie_id.physical_function")
    opi.refused(lambda: opi.MALLOC.call(channel, "Get"), INVALID, "missing required field: name")


@pytest.mark.parametrize("name", ["volumes//x", "volumes/-bad-", "volumes/a b", "volumes/" + "x" * 64, "/volumes/x"])
def test_names_must_be_names(channel, name):
    opi.refused(lambda: opi.MALLOC.call(channel, "Get", name=name), INVALID)
    opi.refused(lambda: opi.MALLOC.delete(channel, name, allow_missing=True), INVALID)


def test_unknown_names(channel):
    for kind in opi.ALL:
        for verb in ("Get", "Stats", "Delete"):
            opi.refused(lambda kind=kind, verb=verb: kind.call(channel, verb, name="volumes/unknown-id"), NOT_FOUND,
                        "unable to find key volumes/unknown-id")


def test_update_of_the_unknown(channel):
    volume = opi.malloc_volume()
    volume.name = "volumes/not-yet"
    opi.refused(lambda: opi.MALLOC.update(channel, volume), NOT_FOUND, "unable to find key volumes/not-yet")
    made = opi.MALLOC.update(channel, volume, allow_missing=True)
    assert made.name == "volumes/not-yet"
    opi.MALLOC.delete(channel, made.name)
    # The bridges know this for three kinds only.
    for kind in (opi.QOS, opi.ENCRYPTED, opi.VIRTIO_BLK):
        resource = kind.message()
        resource.name = "volumes/not-yet"
        opi.refused(lambda kind=kind, resource=resource: kind.update(channel, resource, allow_missing=True), NOT_FOUND,
                    "unable to find key volumes/not-yet")


def test_references_by_the_names_godpu_uses(channel):
    """Malloc0 stands for the volume malloc0: ids have no capital letters, godpu's references do."""
    volume = opi.qos_volume("Malloc0")
    made = opi.QOS.call(channel, "Create", qos_volume=volume, qos_volume_id="opi-qos-volume3")
    opi.QOS.delete(channel, made.name)


def test_masks(channel):
    made = opi.MALLOC.create(channel, "masked")
    opi.refused(lambda: opi.MALLOC.update(channel, made, "*", "uuid"), INVALID, "'*' must not be used with other")
    opi.refused(lambda: opi.MALLOC.update(channel, made, "no_such_field"), INVALID,
                "invalid field path: no_such_field")
    made.blocks_count = 128
    made.metadata_size = 8
    changed = opi.MALLOC.update(channel, made, "blocks_count")
    assert changed.blocks_count == 128 and changed.metadata_size == 0, "only what the mask names"
    opi.MALLOC.delete(channel, made.name)


def test_pages(channel):
    for i in range(7):
        opi.NULL.create(channel, f"page-{i}")
    names = []
    token = ""
    while True:
        page = opi.NULL.list(channel, page_size=3, page_token=token)
        names += [volume.name for volume in page.null_volumes]
        assert len(page.null_volumes) <= 3
        token = page.next_page_token
        if not token:
            break
    assert names == [f"volumes/page-{i}" for i in range(7)], "sorted, each once"
    opi.refused(lambda: opi.NULL.list(channel, page_size=-1), INVALID, "negative")
    opi.refused(lambda: opi.NULL.list(channel, page_token="no-such-token"), NOT_FOUND, "token")
    assert len(opi.NULL.list(channel, page_size=1000).null_volumes) == 7
    # A token stays good, and what is deleted meanwhile does no harm.
    token = opi.NULL.list(channel, page_size=5).next_page_token
    for i in range(7):
        opi.NULL.delete(channel, f"volumes/page-{i}")
    assert not opi.NULL.list(channel, page_token=token).null_volumes


def test_kinds_share_the_names_of_volumes(channel):
    """`volumes/<id>` is one collection: two kinds under one id would be one name for two things."""
    opi.MALLOC.create(channel, "one-name")
    opi.refused(lambda: opi.NULL.create(channel, "one-name"), grpc.StatusCode.ALREADY_EXISTS, "volumes/one-name",
                "memory volume")
    opi.refused(lambda: opi.NULL.call(channel, "Get", name="volumes/one-name"), NOT_FOUND)
    opi.MALLOC.delete(channel, "mallocVolumes/one-name")
    opi.NULL.create(channel, "one-name")
    opi.NULL.delete(channel, "nullVolumes/one-name")
