"""The REST gateway by curl: grpc-gateway's mapping of OPI's annotations."""
import base64
import json

import pytest


@pytest.fixture(scope="module", autouse=True)
def base(daemon):
    for name in ("rest-0", "rest-1"):
        assert daemon.curl("POST", f"/v1/mallocVolumes?malloc_volume_id={name}",
                           {"blockSize": "512", "blocks_count": 2048})[0] == 200


def error(answer):
    assert set(answer) == {"code", "message", "details"} and answer["details"] == []
    return answer["code"], answer["message"]


def test_create_get_stats_patch_delete_by_the_collections_names(daemon):
    status, made = daemon.curl("POST", "/v1/nullVolumes?nullVolumeId=rest-null", {"block_size": 4096, "blocksCount": "8"})
    assert status == 200
    assert made["name"] == "volumes/rest-null"
    assert made["blockSize"] == "4096", "64-bit integers are strings"
    assert daemon.curl("GET", "/v1/nullVolumes/rest-null")[1] == made
    status, stats = daemon.curl("GET", "/v1/nullVolumes/rest-null:stats")
    assert status == 200 and stats["stats"]["readOpsCount"] == 0, "unpopulated fields show"
    # Without a mask: the fields the body shows.
    status, changed = daemon.curl("PATCH", "/v1/nullVolumes/rest-null", {"blocksCount": 16})
    assert (status, changed["blocksCount"], changed["blockSize"]) == (200, "16", "4096")
    status, changed = daemon.curl("PATCH", "/v1/nullVolumes/rest-null?updateMask=blocksCount",
                                  {"blocks_count": 32, "block_size": 512})
    assert (status, changed["blocksCount"], changed["blockSize"]) == (200, "32", "4096")
    assert "volumes/rest-null" in [v["name"] for v in daemon.curl("GET", "/v1/nullVolumes")[1]["nullVolumes"]]
    assert daemon.curl("DELETE", "/v1/nullVolumes/rest-null") == (200, {})
    assert daemon.curl("DELETE", "/v1/nullVolumes/rest-null?allow_missing=true") == (200, {})


def test_errors_have_code_message_details(daemon):
    status, answer = daemon.curl("GET", "/v1/nullVolumes/not-there")
    assert (status, error(answer)[0]) == (404, 5) and "unable to find key" in answer["message"]
    status, answer = daemon.curl("POST", "/v1/nullVolumes?null_volume_id=bad_id", {"blockSize": 512, "blocksCount": 1})
    assert (status, error(answer)[0]) == (400, 3)
    status, answer = daemon.curl("POST", "/v1/nullVolumes", {"blockSize": "many"})
    assert (status, error(answer)[0]) == (400, 3)
    status, answer = daemon.curl("POST", "/v1/nullVolumes", "{not json")
    assert (status, error(answer)[0]) == (400, 3)
    status, answer = daemon.curl("POST", "/v1/nullVolumes", {})
    assert status == 400 and error(answer)[1].startswith("missing required field: null_volume.block_size")
    status, answer = daemon.curl("GET", "/v1/nullVolumes?page_size=-1")
    assert (status, error(answer)[0]) == (400, 3)
    status, answer = daemon.curl("GET", "/v1/nullVolumes?page_size=x")
    assert status == 400 and "page_size" in error(answer)[1]
    status, answer = daemon.curl("GET", "/v1/virtioScsiTargets")
    assert (status, error(answer)[0]) == (501, 12)


def test_unknown_paths_and_verbs(daemon):
    for path in ("/", "/v1", "/v2/nullVolumes", "/v1/nullVolumes/a/b", "/v1/nullVolumes/x:nonsense", "/v1//nullVolumes"):
        status, answer = daemon.curl("GET", path)
        assert (status, error(answer)[0]) == (404, 5), path
    for verb in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        status, answer = daemon.curl(verb, "/v1/nullVolumes")
        assert (status, error(answer)[0]) == (501, 12), verb


def test_volumes_is_the_list_of_qos_volumes_and_both_have_their_own(daemon):
    limits = {"max": {"rwIopsKiops": 1}}
    assert daemon.curl("POST", "/v1/qosVolumes?qos_volume_id=rest-qos",
                       {"volumeNameRef": "rest-0", "limits": limits})[0] == 200
    key = base64.b64encode(b"0123456789abcdef0123456789abcdee").decode()
    status, made = daemon.curl("POST", "/v1/encryptedVolumes?encrypted_volume_id=rest-enc", {
        "volumeNameRef": "rest-1", "key": key, "cipher": "ENCRYPTION_TYPE_AES_XTS_128"})
    assert (status, made["key"], made["cipher"]) == (200, "", "ENCRYPTION_TYPE_AES_XTS_128")
    for path in ("/v1/volumes", "/v1/qosVolumes"):
        assert [v["name"] for v in daemon.curl("GET", path)[1]["qosVolumes"]] == ["volumes/rest-qos"], path
    status, listed = daemon.curl("GET", "/v1/encryptedVolumes")
    assert [v["name"] for v in listed["encryptedVolumes"]] == ["volumes/rest-enc"]
    assert key not in json.dumps(listed)
    status, answer = daemon.curl("POST", "/v1/encryptedVolumes", {"volumeNameRef": "rest-1", "key": key, "cipher": "X"})
    assert status == 400 and key not in answer["message"] and "cipher" in answer["message"]
    # Nothing that was sent comes back, wherever it is wrong; here as anywhere: the command line prints the same.
    secret = "my very secret key! 0123"
    for body in ({"volumeNameRef": "rest-1", "key": secret}, {"key": {"value": secret}}, {"cipher": secret},
                 json.dumps({"key": secret})[:-1], '{"key": "' + secret, f'{{"key": "{secret}" "cipher": 6}}',
                 f'{{"key": {secret}}}'):
        status, answer = daemon.curl("POST", "/v1/encryptedVolumes", body)
        assert (status, error(answer)[0]) == (400, 3), body
        assert not any(word in answer["message"] for word in secret.split()), answer
    assert "key: the value is not bytes in base64" in daemon.curl("POST", "/v1/encryptedVolumes", {"key": secret})[1]["message"]
    assert "line 2, column" in daemon.curl("POST", "/v1/encryptedVolumes", f'{{"key":\n "{secret}" 1')[1]["message"]
    assert secret not in daemon.log()
    status, changed = daemon.curl("PATCH", "/v1/qosVolumes/rest-qos", {"limits": {"max": {"rdBandwidthMbs": 5}}})
    assert changed["limits"]["max"]["rdBandwidthMbs"] == "5"
    assert changed["limits"]["max"]["rwIopsKiops"] == "1", "a leaf changes, its neighbours stay"
    status, answer = daemon.curl("DELETE", "/v1/mallocVolumes/rest-0")
    assert (status, error(answer)[0]) == (400, 9) and "volumes/rest-qos" in answer["message"]
    assert daemon.curl("DELETE", "/v1/qosVolumes/rest-qos")[0] == 200
    assert daemon.curl("DELETE", "/v1/encryptedVolumes/rest-enc")[0] == 200


def test_a_disk_over_rest(daemon):
    status, disk = daemon.curl("POST", "/v1/virtioBlks?virtio_blk_id=rest-disk", {
        "pcieId": {"portId": 0, "physicalFunction": 5, "virtualFunction": 0}, "volumeNameRef": "rest-1"})
    assert status == 200, disk
    assert disk["pcieId"] == {"portId": 0, "physicalFunction": 5, "virtualFunction": 0}
    status, changed = daemon.curl("PATCH", "/v1/virtioBlks/rest-disk", {"maxLimit": {"rwIopsKiops": 3}})
    assert (status, changed["maxLimit"]["rwIopsKiops"]) == (200, "3"), changed
    status, device = daemon.curl("GET", "/v1/devices/rest-disk")
    assert (status, device["kind"]) == (200, "virtio-blk")
    assert daemon.curl("DELETE", "/v1/virtioBlks/rest-disk") == (200, {})


def test_forms_and_metadata_as_grpc_gateway(daemon):
    form = "Content-Type: application/x-www-form-urlencoded"
    status, listed = daemon.curl("POST", "/v1/mallocVolumes/rest-0:stats", "unknown=1", [form])
    assert (status, set(listed)) == (200, {"stats"}), "only GET is there"
    status, made = daemon.curl("POST", "/v1/nullVolumes", {"blockSize": 512, "blocksCount": 8}, [form])
    assert status == 200, "POST is there: the body is JSON, whatever curl calls it"
    name = made["name"].split("/")[1]
    headers = [form, "X-HTTP-Method-Override: DELETE"]
    assert daemon.curl("POST", f"/v1/nullVolumes/{name}", "allow_missing=x", headers)[0] == 400
    assert daemon.curl("POST", f"/v1/nullVolumes/{name}", "allow_missing=true", headers) == (200, {})
    status, text = daemon.curl("GET", "/v1/nullVolumes", headers=["Grpc-Metadata-Tenant: me"], options=["-i"])
    assert status == 200 and "grpc-metadata-content-type: application/grpc" in text.lower()
    status, answer = daemon.curl("GET", "/v1/nullVolumes", headers=["Grpc-Metadata-Trace-Bin: %%"])
    assert (status, error(answer)[0]) == (400, 3)


def test_inventory(daemon):
    status, found = daemon.curl("GET", "/v1/inventory/1/inventory/2")
    assert status == 200 and found["processor"]["totalThreads"] > 0


def test_limits(daemon, tmp_path):
    body = tmp_path / "body"
    body.write_bytes(b" " * (1 << 20) + b"{}")
    status, answer = daemon.curl("POST", "/v1/nullVolumes", f"@{body}")
    assert (status, error(answer)[0]) == (413, 8)
    assert daemon.curl("GET", "/v1/nullVolumes?x=" + "y" * 3000)[0] == 414
    nested = '{"a":' * 2000 + "1" + "}" * 2000
    assert daemon.curl("POST", "/v1/nullVolumes", nested)[0] == 400
    long = {"blockSize": 512, "blocksCount": 8, "ignored": "x" * 100_000}
    status, made = daemon.curl("POST", "/v1/nullVolumes", long)
    assert status == 200, "curl calls it a form; it is JSON all the same"
    assert daemon.curl("DELETE", "/v1/nullVolumes/" + made["name"].split("/")[1])[0] == 200
    assert daemon.curl("POST", "/v1/nullVolumes", long, options=["-H", "Transfer-Encoding: chunked"])[0] == 200
    assert daemon.curl("GET", "/v1/nullVolumes")[0] == 200, "it serves on"


def test_metrics(daemon):
    status, text = daemon.curl("GET", "/metrics")
    assert status == 200
    assert 'outrigger_volume_operations_total{volume="volumes/rest-0",kind="malloc",op="read"} 0' in text
    assert 'outrigger_volume_latency_seconds_bucket{volume="volumes/rest-0",kind="malloc",op="write",le="+Inf"} 0' in text
    assert "outrigger_core_busy_seconds_total{" in text
    assert "# TYPE outrigger_volume_latency_seconds histogram" in text
    for line in text.splitlines():
        assert line.startswith("#") or line.rsplit(" ", 1)[1], line
