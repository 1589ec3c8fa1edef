"""`outrigger` as a person and as a script use it."""
import json
import os
import re
import subprocess

import pytest
from outrigger_daemon import free_port, program


@pytest.fixture(scope="module", autouse=True)
def base(daemon):
    daemon.cli("create", "volume", "bdev1", "--kind", "malloc", "--size", "1MiB", "--block-size", "4096")
    daemon.cli("add", "host", "host1")


def test_the_demo_s_own_words(daemon):
    said = daemon.cli("create", "disk", "host1", "virtio-blk", "100KIOPS", "bdev1")
    assert said == ("disk host1-bdev1 created: volume bdev1 at host host1, port 0, function 0, at most 100KIOPS\n")
    disk = json.loads(daemon.cli("get", "disk", "host1-bdev1", "-o", "json"))
    assert disk["name"] == "volumes/host1-bdev1"
    assert disk["maxLimit"]["rwIopsKiops"] == "100"
    assert "exists already" in daemon.cli("create", "disk", "host1", "virtio-blk", "100KIOPS", "bdev1")
    assert "host1-bdev1" in daemon.cli("list", "devices")
    assert daemon.cli("list", "disks", "-o", "name") == "host1-bdev1\n"
    assert "7KIOPS 5MB/s-read" in daemon.cli("update", "disk", "host1-bdev1", "7KIOPS", "5MB/s-read")
    assert "`none`" in daemon.cli("update", "disk", "host1-bdev1", status=2), "nothing was asked for"
    assert "8KIOPS" in daemon.cli("update", "disk", "host1-bdev1", "--limit", "8KIOPS")
    assert "--size" in daemon.cli("update", "disk", "host1-bdev1", "--size", "1GiB", status=2)
    assert "--key-file" in daemon.cli("update", "disk", "host1-bdev1", "--key-file", "/x", status=2)
    assert json.loads(daemon.cli("get", "disk", "host1-bdev1", "-o", "json"))["maxLimit"]["rwIopsKiops"] == "8"
    assert "KIOPS" not in daemon.cli("update", "disk", "host1-bdev1", "none")
    assert "host1-bdev1" in daemon.cli("delete", "volume", "bdev1", status=1), "in use, and by whom"
    assert daemon.cli("delete", "disk", "host1-bdev1") == "virtioBlk host1-bdev1 deleted\n"
    daemon.cli("delete", "disk", "host1-bdev1", "--missing-ok")
    assert "unable to find key" in daemon.cli("delete", "disk", "host1-bdev1", status=1)


def test_volumes_of_every_kind(daemon, tmp_path):
    file = tmp_path / "disk.img"
    file.write_bytes(b"\0" * (1 << 20))
    key = tmp_path / "key"
    key.write_bytes(os.urandom(64))
    table = daemon.cli("create", "volume", "memory", "--kind", "malloc", "--size", "64MiB")
    assert "64 MiB" in table and "READY" in table
    daemon.cli("create", "volume", "huge", "--kind", "null", "--size", "10TB", "--block-size", "4096")
    assert "1 MiB" in daemon.cli("create", "volume", "file", "--kind", "aio", "--file", str(file))
    daemon.cli("create", "volume", "limited", "--kind", "qos", "--on", "memory", "--limit", "5KIOPS", "--limit", "10MB/s-read")
    daemon.cli("create", "volume", "secret", "--kind", "encrypted", "--on", "file", "--key-file", str(key))
    assert "5KIOPS 10MB/s-read" in daemon.cli("get", "qosVolume", "limited")
    assert "AES_XTS_256" in daemon.cli("list", "encryptedVolume")
    assert "9KIOPS" in daemon.cli("update", "volume", "limited", "--limit", "9KIOPS")
    assert "20 TB" in daemon.cli("update", "volume", "huge", "--size", "20TB")
    assert "with another blocks_count" in daemon.cli(
        "create", "volume", "huge", "--kind", "null", "--size", "10TB", "--block-size", "4096", status=1)
    daemon.cli("create", "volume", "huge", "--kind", "null", "--size", "20TB", "--block-size", "4096")
    daemon.cli("update", "volume", "file", "--size", "2MiB")
    assert file.stat().st_size == 2 << 20
    assert "is no qosVolume but a nullVolume" in daemon.cli("update", "qosVolume", "huge", "--limit", "1KIOPS", status=2)
    assert "name one" in daemon.cli("get", "qosBurst", status=2)
    assert "name one" in daemon.cli("list", "virtioBlkOptions", status=2)
    listed = daemon.cli("list", "volumes", "-o", "name").split()
    assert {"memory", "huge", "file", "limited", "secret", "bdev1"} <= set(listed)
    assert "readOpsCount" in daemon.cli("stats", "mallocVolume", "memory")
    assert json.loads(daemon.cli("stats", "volume", "memory", "-o", "json"))["kind"] == "malloc"
    daemon.cli("delete", "volume", "limited", "secret", "memory", "file")
    done = daemon.run_cli("delete", "volume", "huge", "not-there", "bdev1")
    assert (done.returncode, done.stdout) == (1, "nullVolume huge deleted\n"), "what is gone is told"
    assert "not-there" in done.stderr
    assert daemon.cli("list", "volumes", "-o", "name") == "bdev1\n"


def test_keys_from_standard_input_and_never_from_arguments(daemon):
    daemon.cli("create", "volume", "piped", "--kind", "encrypted", "--on", "bdev1", "--key-file", "-",
               input="0123456789abcdef" * 3 + "fedcba9876543210" + "\n")
    assert "AES_XTS_128" in daemon.cli("get", "encryptedVolume", "piped")
    assert "--key-file" in daemon.cli("update", "encryptedVolume", "piped", "key=abc", status=2)
    assert "32 or 64 raw bytes" in daemon.cli(
        "create", "volume", "other", "--kind", "encrypted", "--on", "bdev1", "--key-file", "-", input="short", status=2)
    daemon.cli("delete", "volume", "piped")


def test_fields_of_any_kind(daemon):
    daemon.cli("create", "nullVolume", "by-fields", "block_size=512", "blocksCount=100")
    assert json.loads(daemon.cli("get", "nullVolume", "by-fields", "-o", "json"))["blocksCount"] == "100"
    daemon.cli("update", "nullVolume", "by-fields", "blocks_count=200")
    assert "blocksCount: \"200\"" in daemon.cli("get", "nullVolume", "by-fields", "-o", "yaml")
    daemon.cli("delete", "nullVolume", "by-fields")
    daemon.cli("update", "host", "host1", "queue_count=2")
    assert json.loads(daemon.cli("get", "host", "host1", "-o", "json"))["queueCount"] == 2
    assert "processor.totalThreads" in daemon.cli("get", "inventory")


def test_top(daemon):
    shown = daemon.cli("top", "--once", "--interval", "0.2", "--all")
    assert "bdev1" in shown and "CORE" in shown and "BUSY" in shown
    assert "\x1b" not in shown, "no escapes into a file"
    assert daemon.cli("top", "--count", "2", "--interval", "0.1").count("CORE") == 2


@pytest.mark.parametrize("words, says", [
    ((), "subcommand"),
    (("frobnicate",), "frobnicate"),
    (("get", "floppy"), "is not a kind of resource"),
    (("create", "disk", "host1", "virtio-blk", "100KIOPS"), "the volume is missing"),
    (("create", "disk", "host1", "virtio-blk", "1500IOPS", "bdev1"), "1KIOPS or 2KIOPS"),
    (("create", "disk", "host1", "nvme", "bdev1"), "there is virtio-blk"),
    (("create", "volume", "x-vol", "--kind", "tape"), "there are malloc"),
    (("create", "volume", "x-vol", "--kind", "malloc", "--size", "10XB"), "'XB' is not a unit"),
    (("create", "volume", "x-vol", "--kind", "malloc"), "needs --size"),
    (("create", "volume", "x-vol", "--kind", "malloc", "--size", "1MiB", "--file", "/x"), "--file does not belong"),
    (("list", "hosts", "-o", "xml"), "table, json, yaml and name"),
    (("--address", "nonsense", "list", "hosts"), "host:port"),
    (("--address", "example.org:1", "list", "hosts"), "--insecure"),
    (("update", "host", "host1", "colour=red"), "there are name, port_id"),
])
def test_wrong_use_is_status_2_and_says_what_is_right(daemon, words, says):
    assert says in daemon.cli(*words, status=2)


@pytest.mark.parametrize("words, says", [
    (("get", "volume", "not-there"), "unable to find key"),
    (("create", "disk", "host9", "virtio-blk", "bdev1"), "outrigger add host host9"),
    (("create", "volume", "x-vol", "--kind", "malloc", "--size", "1MB", "--block-size", "1000"), "block_size"),
    (("create", "volume", "BAD", "--kind", "malloc", "--size", "1MiB"), "_id"),
])
def test_refusals_are_status_1(daemon, words, says):
    assert says in daemon.cli(*words, status=1)


def test_a_daemon_that_is_not_there():
    address = f"127.0.0.1:{free_port()}"
    done = subprocess.run([program("OUTRIGGER_CLI", "cli/outrigger"), "--address", address, "list", "hosts"],
                          capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert f"cannot reach outriggerd at {address}" in done.stderr
    assert "systemctl start outriggerd" in done.stderr


def test_completion_is_a_script_that_completes(daemon):
    script = daemon.cli("completion", "bash")
    directory = os.path.dirname(program("OUTRIGGER_CLI", "cli/outrigger"))

    def complete(*words):
        ask = f'{script}\nCOMP_WORDS=({" ".join(words)} "") COMP_CWORD={len(words)}\n_outrigger\necho "${{COMPREPLY[@]}}"'
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True, timeout=30, env={
            **os.environ, "PATH": f"{directory}:{os.environ['PATH']}", "OUTRIGGER_ADDRESS": daemon.address})
        return done.stdout.split()
    assert "create" in complete("outrigger")
    assert "disk" in complete("outrigger", "create")
    assert complete("outrigger", "create", "disk") == ["host1"]
    assert {"subsystem", "controller", "namespace"} <= set(complete("outrigger", "create"))
    assert complete("outrigger", "get", "volume") == ["bdev1"]
    verbs = re.findall(r"^  ([a-z]+)  ", daemon.cli("p4", "--help").partition("Subcommands:")[2], re.MULTILINE)
    assert sorted(complete("outrigger", "p4")) == sorted(verbs)
    assert complete("outrigger", "p4", "check") == []  # files come from the shell
    for shell in ("zsh", "fish"):
        script = daemon.cli("completion", shell)
        assert "encryptedVolume" in script
        done = subprocess.run([shell, "-n", "/dev/stdin"], input=script, capture_output=True, text=True, check=False,
                              timeout=30)
        assert (done.returncode, done.stderr) == (0, ""), shell
        broken = subprocess.run([shell, "-n", "/dev/stdin"], input=script + "\nif (((\n", capture_output=True, text=True,
                                check=False, timeout=30)
        assert broken.returncode != 0, f"{shell} -n finds mistakes"
