"""`outrigger p4 bench` as a person calls it: what it prints, and what it refuses. Figures are not judged."""
import os
import re
import struct
import subprocess

import pytest

CLI = os.path.abspath(os.environ["OUTRIGGER_CLI"])

# Forwards by the destination; packets to an unknown one are dropped, those to a group need more than a burst has.
PROGRAM = """#include <core.p4>
#include <v1model.p4>
header ethernet_t { bit<48> dst; bit<48> src; bit<16> type; }
struct headers_t { ethernet_t ethernet; }
struct meta_t { }
parser P(packet_in packet, out headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
  state start { packet.extract(hdr.ethernet); transition accept; }
}
control V(inout headers_t hdr, inout meta_t meta) { apply { } }
control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
  action forward(bit<9> port) { sm.egress_spec = port; }
  action flood() { sm.mcast_grp = 1; }
  action drop() { mark_to_drop(sm); }
  table l2 {
    key = { hdr.ethernet.dst : exact; }
    actions = { forward; flood; drop; }
    default_action = drop();
  }
  apply { l2.apply(); }
}
control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) { apply { } }
control C(inout headers_t hdr, inout meta_t meta) { apply { } }
control D(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr.ethernet); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
"""

ENTRIES = """add l2 hdr.ethernet.dst:0x020000000003 forward(port:3)
add l2 hdr.ethernet.dst:0xffffffffffff flood()
mc_mgrp_create 1
mc_node_create 7 3 4
mc_node_associate 1 0
"""


def pcap(destinations):
    out = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1)
    for to in destinations:
        data = bytes.fromhex(to) + bytes.fromhex("020000000099 0800") + bytes(46)
        out += struct.pack("<IIII", 0, 0, len(data), len(data)) + data
    return out


KNOWN, UNKNOWN, ALL = "020000000003", "020000000066", "ffffffffffff"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "switch.p4").write_text(PROGRAM)
    (tmp_path / "switch.stf").write_text(ENTRIES)
    (tmp_path / "a.pcap").write_bytes(pcap([KNOWN, KNOWN, UNKNOWN, ALL]))
    return tmp_path


def bench(folder, *arguments):
    return subprocess.run([CLI, "p4", "bench", "switch.p4", "--seconds", "0.05", *arguments], capture_output=True,
                          text=True, cwd=folder, timeout=120)


def bench_well(folder, *arguments):
    done = bench(folder, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {name: int(number) for name, number in re.findall(r"^(ran|packets|left): (\d+)", done.stdout, re.MULTILINE)}
    found["bursts"], found["slow"] = map(int, re.search(r"^in bursts: (\d+) packets; one by one: (\d+)", done.stdout,
                                                        re.MULTILINE).groups())
    assert re.search(r"^rate: [\d.]+ [kM] packets/s, [\d.]+ ns a packet", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^compiled: [\d.]+ ms \(", done.stdout, re.MULTILINE), done.stdout
    return found


def test_packets_of_a_capture_go_in_bursts_but_those_that_need_more(folder):
    found = bench_well(folder, "--in", "a.pcap", "--entries", "switch.stf")
    assert found["packets"] == 4 and found["ran"] % 4 == 0 and found["ran"] > 0
    assert found["slow"] == found["ran"] // 4  # what is flooded
    assert found["bursts"] == found["ran"] - found["slow"]
    assert found["left"] == found["ran"]  # two by their entry, none unknown, two copies of the last


def test_without_entries_all_packets_are_dropped(folder):
    found = bench_well(folder)
    assert found["packets"] == 4096 and found["left"] == 0 and found["slow"] == 0


def test_the_interpreter_runs_one_by_one(folder):
    found = bench_well(folder, "--engine", "interpreter", "--in", "2:a.pcap", "--entries", "switch.stf")
    assert found["bursts"] == 0 and found["slow"] == found["ran"] and found["left"] == found["ran"]


@pytest.mark.parametrize("arguments, words", [
    (["--in", "none.pcap"], "none.pcap"),
    (["--in", "511:a.pcap"], "port 511"),
    (["--in", "empty.pcap"], "no packets"),
    (["--entries", "none.stf"], "none.stf"),
])
def test_what_cannot_be_run_is_said(folder, arguments, words):
    (folder / "empty.pcap").write_bytes(pcap([]))
    done = bench(folder, *arguments)
    assert done.returncode == 1 and words in done.stderr, done.stdout + done.stderr


def test_a_program_that_is_rejected(folder):
    (folder / "switch.p4").write_text(PROGRAM.replace("sm.egress_spec = port;", "sm.egress_spec = ports;"))
    done = bench(folder)
    assert done.returncode == 1 and "switch.p4:" in done.stderr and done.stdout == ""


@pytest.mark.parametrize("arguments", [["--seconds", "0"], ["--seconds", "-1"], ["--engine", "jit"], ["--out", "a.pcap"]])
def test_wrong_use(folder, arguments):
    assert bench(folder, *arguments).returncode == 2
