"""The options of a remote controller at their ends: what is refused, and what a connection does with what is not."""
import time

import pytest
from outrigger_daemon import Daemon
from test_nvme_remote import NQN, WAIT_SECONDS, Target

DAY_MS = 86_400_000
TIMES = ["connect_timeout_ms", "keep_alive_ms", "reconnect_delay_ms", "controller_loss_ms", "fast_io_fail_ms",
         "write_retry_hold_ms", "answer_timeout_ms"]
REMOTE = "/v1/nvmeRemoteControllers/nvme0"


@pytest.fixture
def target():
    made = Target()
    yield made
    made.daemon.remove()


@pytest.fixture
def host():
    made = Daemon().start()
    status, _ = made.curl("POST", "/v1/nvmeRemoteControllers?nvme_remote_controller_id=nvme0",
                          body={"multipath": "NVME_MULTIPATH_MULTIPATH"})
    assert status == 200
    yield made
    made.remove()


def update(host, **options):
    return host.curl("PATCH", f"{REMOTE}/options?update_mask={','.join(options)}", body=options)


def connect(host, target):
    return host.curl("POST", f"{REMOTE}/nvmePaths?nvme_path_id=path1", body={
        "trtype": "NVME_TRANSPORT_TYPE_TCP", "traddr": "127.0.0.1",
        "fabrics": {"trsvcid": target.port, "subnqn": NQN, "adrfam": "NVME_ADDRESS_FAMILY_IPV4"}})


def wait_state(host, state):
    deadline = time.monotonic() + WAIT_SECONDS
    while host.curl("GET", f"{REMOTE}/state")[1]["paths"][0]["state"] != state:
        assert time.monotonic() < deadline, f"the path is not {state}"
        time.sleep(0.05)


@pytest.mark.parametrize("field", TIMES)
def test_what_no_time_can_be(host, field):
    least = -1 if field == "write_retry_hold_ms" else 0
    before = host.curl("GET", f"{REMOTE}/options")
    for value in [least - 1, DAY_MS + 1, 2**31 - 1, -(2**31)]:
        status, said = update(host, **{field: value})
        assert status == 400 and f"{field}: {value} is not from {least} to {DAY_MS}" in said["message"]
    for value in [2**63, "soon"]:
        assert update(host, **{field: value})[0] == 400
    assert host.curl("GET", f"{REMOTE}/options") == before
    for value in [least, 1, DAY_MS]:
        assert update(host, **{field: value})[0] == 200


def test_a_path_with_all_times_at_their_longest(host, target):
    assert update(host, **dict.fromkeys(TIMES, DAY_MS))[0] == 200
    status, said = connect(host, target)
    assert status == 400 and "Connect Invalid Parameters" in said["message"], "the target keeps time for an hour at most"
    assert update(host, keep_alive_ms=3_600_000)[0] == 200
    status, said = connect(host, target)
    assert status == 200, said
    wait_state(host, "LIVE")
    target.daemon.kill()
    wait_state(host, "RECONNECTING")
    assert host.curl("DELETE", f"{REMOTE}/nvmePaths/path1")[0] == 200


def test_times_that_nobody_can_keep_end_in_an_answer(host, target):
    status, said = connect(host, target)
    assert status == 200, said
    began = time.monotonic()
    assert update(host, connect_timeout_ms=1, keep_alive_ms=1, reconnect_delay_ms=1, answer_timeout_ms=1)[0] in (200, 503)
    assert update(host, controller_loss_ms=1)[0] in (200, 503)
    assert time.monotonic() - began < WAIT_SECONDS
    target.daemon.kill()
    assert update(host, **dict.fromkeys(TIMES, 0))[0] == 200
    target.daemon.start()
    wait_state(host, "LIVE")
    assert host.curl("DELETE", f"{REMOTE}/nvmePaths/path1")[0] == 200


def test_the_table_of_paths_tells_what_each_did(host, target):
    status, said = connect(host, target)
    assert status == 200, said
    table = host.cli("list", "paths").splitlines()
    assert table[0].split() == ["NAME", "ADDRESS", "NQN", "STATE", "FOR", "CONNECTS", "LOST", "COMMANDS", "INFLIGHT",
                                "LATENCY", "ERRORS", "RETRIES", "WHY"]
    row = table[1].split()
    assert row[3] == "LIVE" and row[7:12] == ["0", "0", "-", "0", "0"]
