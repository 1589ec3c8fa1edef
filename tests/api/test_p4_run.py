"""`outrigger p4 run` and `outrigger p4 compile` as a person calls them.

Captures are made here byte by byte; what `run` writes is read by tcpdump, which nobody of us wrote.
"""
import os
import random
import re
import struct
import subprocess

import pytest

CLI = os.environ["OUTRIGGER_CLI"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Forwards by the destination, floods broadcasts by group 1, logs what it does not know, and writes into the source
# address by which port and when the packet came: 16 bits of port, 32 of time stamp.
PROGRAM = """#include <core.p4>
#include <v1model.p4>
header ethernet_t { bit<48> dst; bit<16> port; bit<32> time; bit<16> type; }
struct headers_t { ethernet_t ethernet; }
struct meta_t { }
parser P(packet_in packet, out headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
  state start { packet.extract(hdr.ethernet); transition accept; }
}
control V(inout headers_t hdr, inout meta_t meta) { apply { } }
control I(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) {
  register<bit<9>>(1) away;
  action forward(bit<9> port) { sm.egress_spec = port; }
  action to_away() { away.read(sm.egress_spec, 0); }
  action flood() { sm.mcast_grp = 1; }
  action drop() { mark_to_drop(sm); log_msg("unknown {}", {hdr.ethernet.dst}); }
  table l2 {
    key = { hdr.ethernet.dst : exact; }
    actions = { forward; to_away; flood; drop; }
    default_action = drop();
  }
  apply {
    hdr.ethernet.port = (bit<16>)sm.ingress_port;
    hdr.ethernet.time = (bit<32>)sm.ingress_global_timestamp;
    l2.apply();
  }
}
control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) { apply { } }
control C(inout headers_t hdr, inout meta_t meta) { apply { } }
control D(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr.ethernet); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
"""

ENTRIES = """add l2 hdr.ethernet.dst:0x020000000003 forward(port:3)
add l2 hdr.ethernet.dst:0x020000000004 forward(4)
add l2 hdr.ethernet.dst:0x020000000005 to_away()
add l2 hdr.ethernet.dst:0xffffffffffff flood()
register_write away 0 5
mc_mgrp_create 1
mc_node_create 7 3 4
mc_node_associate 1 0
"""

SECOND = 1_000_000_000
IP = bytes.fromhex("4500001400010000401166d8c0000201c0000202")  # a header alone


def frame(to, rest=b"\x08\x00" + IP):
    return bytes.fromhex(to.replace(":", "")) + b"\x02\x00\x00\x00\x00\x99" + rest


TO3, TO4, TO5 = (frame(f"02:00:00:00:00:0{n}") for n in (3, 4, 5))
TO_ALL, TO_NOBODY = frame("ff:ff:ff:ff:ff:ff"), frame("02:00:00:00:00:66")


def pcap(packets, link_type=1, order="<", nano=True, snap=262144):
    """packets: (time in ns, bytes) or (time, bytes, length on the wire)"""
    out = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snap, link_type)]
    for time, data, *wire in packets:
        fraction = time % SECOND if nano else time % SECOND // 1000
        out.append(struct.pack(order + "IIII", time // SECOND, fraction, len(data), wire[0] if wire else len(data)) + data)
    return b"".join(out)


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def section(order="<"):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(resolution=None, link_type=1, order="<", offset=None):
    options = b""
    if resolution is not None:
        options += struct.pack(order + "HHB3x", 9, 1, resolution)
    if offset is not None:
        options += struct.pack(order + "HHq", 14, 8, offset)
    return block(1, struct.pack(order + "HHI", link_type, 0, 0) + options + bytes(4 if options else 0), order)


def enhanced(number, ticks, data, order="<"):
    return block(6, struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)) + data, order)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "switch.p4").write_text(PROGRAM)
    (tmp_path / "switch.stf").write_text(ENTRIES)
    return tmp_path


def run(folder, *arguments, verb="run", program="switch.p4", stdin=None):
    return subprocess.run([CLI, "p4", verb, program, *arguments], capture_output=True, cwd=folder, timeout=120,
                          input=stdin)


def run_well(folder, *arguments, stdin=None):
    done = run(folder, "--entries", "switch.stf", *arguments, stdin=stdin)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.decode()


def dumped(path, *options):
    """(time as text, bytes) of each packet, as tcpdump reads them"""
    done = subprocess.run(["tcpdump", "-nn", "-tt", "--nano", "-xx", *options, "-r", str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    packets = []
    for line in done.stdout.splitlines():
        if match := re.match(r"\t0x[0-9a-f]{4}:  (.*)", line):
            packets[-1][1] += bytes.fromhex(match.group(1).replace(" ", ""))
        else:
            packets.append([line.split()[0], b""])
    return [tuple(packet) for packet in packets]


def changed(data, port, time):
    return data[:6] + struct.pack(">HI", port, time // 1000 & 0xFFFFFFFF) + data[12:]


def test_packets_go_in_and_out_with_their_times(folder):
    packets = [(5 * SECOND + 123456789, TO3), (6 * SECOND, TO_NOBODY), (7 * SECOND + 1, TO4), (8 * SECOND, TO5),
               (9 * SECOND, TO_ALL)]
    (folder / "a.pcap").write_bytes(pcap(packets))
    summary = run_well(folder, "--in", "a.pcap", "--out", "b.pcap", "--port", "9")
    expected = [(t, changed(d, 9, t)) for t, d in (packets[0], packets[2], packets[3], packets[4], packets[4])]
    assert dumped(folder / "b.pcap") == [(f"{t // SECOND}.{t % SECOND:09}", d) for t, d in expected]
    assert "in: 5 packets" in summary and "out: 5 packets" in summary and "dropped: 1 packets" in summary
    for port, count in ((3, 2), (4, 2), (5, 1)):
        assert f"port {port}: {count} packets, {count * len(TO3)} bytes" in summary


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("nano", [True, False])
def test_classic_pcap_of_either_byte_order_and_precision(folder, order, nano):
    (folder / "a.pcap").write_bytes(pcap([(1_700_000_000 * SECOND + 1000, TO3)], order=order, nano=nano))
    run_well(folder, "--in", "a.pcap", "--out", "b.pcap")
    time = 1_700_000_000 * SECOND + 1000
    assert dumped(folder / "b.pcap") == [("1700000000.000001000", changed(TO3, 0, time))]


def test_vlan_tags_are_kept(folder):
    tagged = frame("02:00:00:00:00:03", b"\x81\x00\x20\x64\x08\x00" + IP)
    (folder / "a.pcap").write_bytes(pcap([(SECOND, tagged)]))
    run_well(folder, "--in", "a.pcap", "--out", "b.pcap")
    assert dumped(folder / "b.pcap") == [("1.000000000", changed(tagged, 0, SECOND))]
    shown = subprocess.run(["tcpdump", "-nn", "-e", "-r", str(folder / "b.pcap"), "vlan", "100"], capture_output=True, text=True)
    assert "vlan 100, p 1" in shown.stdout and "192.0.2.1 > 192.0.2.2" in shown.stdout


def test_inputs_are_merged_by_time_and_outputs_are_by_port(folder):
    (folder / "a.pcap").write_bytes(pcap([(1 * SECOND, TO3), (4 * SECOND, TO4)]))
    (folder / "b.pcap").write_bytes(pcap([(2 * SECOND, TO4), (3 * SECOND, TO3), (5 * SECOND, TO5)]))
    summary = run_well(folder, "--in", "1:a.pcap", "--in", "2:b.pcap", "--out", "3:3.pcap", "--out", "4:4.pcap")
    assert dumped(folder / "3.pcap") == [(f"{t}.000000000", changed(TO3, p, t * SECOND)) for t, p in ((1, 1), (3, 2))]
    assert dumped(folder / "4.pcap") == [(f"{t}.000000000", changed(TO4, p, t * SECOND)) for t, p in ((2, 2), (4, 1))]
    assert "not written: 1 packets" in summary
    run_well(folder, "--in", "1:a.pcap", "--in", "2:b.pcap", "--out", "3:3.pcap", "--out", "rest.pcap")
    assert [t for t, _ in dumped(folder / "rest.pcap")] == ["2.000000000", "4.000000000", "5.000000000"]


def test_interfaces_of_pcapng_are_ports(folder):
    other = section(">") + interface(order=">") + enhanced(0, 9_000_000, TO3, ">")
    (folder / "a.pcapng").write_bytes(
        section() + interface() + interface(9) + interface(0x8A, offset=2) + block(0xBAD, b"to be skipped") +
        enhanced(1, 1_000_000_005, TO3) + enhanced(0, 2_000_000, TO4) + enhanced(2, 1024 + 512, TO3) +
        block(3, struct.pack("<I", len(TO3)) + TO3) + other)
    run_well(folder, "--in", "a.pcapng", "--out", "b.pcapng")
    expected = [(1_000_000_005, TO3, 1), (2_000_000_000, TO4, 0), (3_500_000_000, TO3, 2), (3_500_000_000, TO3, 0),
                (9_000_000_000, TO3, 0)]
    wanted = [(f"{t // SECOND}.{t % SECOND:09}", changed(d, port, t)) for t, d, port in expected]
    assert dumped(folder / "b.pcapng") == wanted
    # What left by port 3 is of interface 3 there: it comes in by port 3 again.
    run_well(folder, "--in", "b.pcapng", "--out", "c.pcapng")
    ports = [struct.unpack(">H", data[6:8])[0] for _, data in dumped(folder / "c.pcapng")]
    assert ports == [3, 4, 3, 3, 3]
    run_well(folder, "--in", "b.pcapng", "--out", "c.pcapng", "--port", "8")
    assert {data[6:8] for _, data in dumped(folder / "c.pcapng")} == {b"\0\x08"}


def test_standard_input_is_a_capture(folder):
    run_well(folder, "--in", "-", "--out", "b.pcap", stdin=pcap([(SECOND, TO3)]))
    assert len(dumped(folder / "b.pcap")) == 1
    piped = run(folder, "--entries", "switch.stf", "--in", "-", "--out", "-", stdin=pcap([(SECOND, TO3)]))
    assert piped.returncode == 0 and b"out: 1 packets" in piped.stderr
    (folder / "c.pcap").write_bytes(piped.stdout)
    assert dumped(folder / "c.pcap") == dumped(folder / "b.pcap")


def test_a_big_capture(folder):
    count = 100_000
    numbers = range(count)
    data = [frame(f"02:00:00:00:00:0{3 + n % 2}", struct.pack(">HI", 0x88B5, n) + bytes(46)) for n in numbers]
    (folder / "a.pcap").write_bytes(pcap([(SECOND + n * 1000, data[n]) for n in numbers]))
    summary = run_well(folder, "--in", "a.pcap", "--out", "3:3.pcap", "--out", "4:4.pcap")
    print(re.search(r"time: .*", summary).group(0))
    assert f"in: {count} packets" in summary and "dropped: 0 packets" in summary
    for port in (3, 4):
        done = subprocess.run(["tcpdump", "-nn", "-xx", "-t", "-r", str(folder / f"{port}.pcap")], capture_output=True, text=True)
        seen = re.findall(r"0x0000:  (?:[0-9a-f]{4} ){6}88b5 ([0-9a-f]{4})\b", done.stdout)
        tails = re.findall(r"0x0010:  ([0-9a-f]{4})", done.stdout)
        assert [int(a + b, 16) for a, b in zip(seen, tails)] == [n for n in numbers if 3 + n % 2 == port]


def test_a_capture_that_is_cut_off_is_run_as_far_as_it_goes(folder):
    whole = pcap([(SECOND, TO3), (2 * SECOND, TO4)])
    ng = section() + interface() + enhanced(0, 1_000_000, TO3) + enhanced(0, 2_000_000, TO4)
    for name, content in (("a.pcap", whole), ("a.pcapng", ng)):
        for missing in (1, len(TO4), len(TO4) + 10):
            (folder / name).write_bytes(content[:-missing])
            done = run(folder, "--entries", "switch.stf", "--in", name, "--out", "b.pcap")
            assert done.returncode == 1 and name.encode() in done.stderr, done
            assert b"truncated" in done.stderr or b"cut off" in done.stderr
            assert b"in: 1 packets" in done.stdout
            assert [t for t, _ in dumped(folder / "b.pcap")] == ["1.000000000"]


def names_of_files(value):
    return value if isinstance(value, str) and "." in value else ""


@pytest.mark.parametrize("name, content, words", [
    ("empty.pcap", b"", "empty"),
    ("text.pcap", b"#include <core.p4>\n" * 10, "not a capture"),
    ("head.pcap", pcap([])[:13], "not a capture"),
    ("line.pcap", b"\n\n\n\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "not a capture"),
    ("ng.pcapng", section()[:20], "cut off"),
    ("raw.pcap", pcap([(SECOND, IP)], link_type=101), "RAW"),
    ("raw.pcapng", section() + interface(link_type=101) + enhanced(0, 5, IP), "RAW"),
    ("wifi.pcap", pcap([], link_type=105), "802.11"),
    ("no.pcapng", section() + interface() + enhanced(1, 5, TO3), "interface 1"),
    ("long.pcap", pcap([(SECOND, bytes(65537))]), "65537"),
    ("long.pcapng", section() + interface() + enhanced(0, 5, bytes(65537)), "65537"),
    ("huge.pcapng", section() + struct.pack("<II", 6, 0xFFFFFFFC), "4294967292"),
    ("lengths.pcapng", section() + interface()[:-4] + b"\1\0\0\0", "lengths"),
], ids=names_of_files)
def test_what_is_no_capture_of_ethernet_is_refused(folder, name, content, words):
    (folder / name).write_bytes(content)
    done = run(folder, "--in", name, "--out", "b.pcap")
    assert done.returncode == 1
    assert name in done.stderr.decode() and words in done.stderr.decode(), done.stderr


def test_packets_of_any_size(folder):
    packets = [(SECOND, TO3[:n]) for n in (0, 1, 13, 14)] + [(SECOND, TO3 + bytes(65536 - len(TO3)))]
    (folder / "a.pcap").write_bytes(pcap(packets))
    summary = run_well(folder, "--in", "a.pcap", "--out", "b.pcap")
    assert "in: 5 packets" in summary
    assert len(dumped(folder / "b.pcap")[-1][1]) == 65536


def test_cut_and_late_packets_are_counted(folder):
    (folder / "a.pcap").write_bytes(pcap([(5 * SECOND, TO3, 1500), (4 * SECOND, TO3)]))
    summary = run_well(folder, "--in", "a.pcap", "--out", "b.pcap")
    assert "cut: 1 packets" in summary and "late: 1 packets" in summary
    # The late one keeps its own time stamp; the program sees time stand still.
    assert [t for t, _ in dumped(folder / "b.pcap")] == ["5.000000000", "4.000000000"]
    assert dumped(folder / "b.pcap")[1][1] == changed(TO3, 0, 5 * SECOND)


def test_mutated_captures_end_in_peace(folder):
    random.seed(4)
    originals = [pcap([(SECOND, TO3), (2 * SECOND, TO4)]),
                 section() + interface(9) + interface(0x8A, offset=2) + enhanced(1, 5, TO3) + enhanced(0, 2, TO4)]
    for turn in range(60):
        content = bytearray(originals[turn % 2])
        for _ in range(random.randint(1, 4)):
            content[random.randrange(len(content))] = random.choice([0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)])
        content = content[:random.choice([len(content), random.randrange(len(content))])]
        (folder / "m.cap").write_bytes(content)
        done = run(folder, "--in", "m.cap", "--out", "b.pcapng")
        assert done.returncode in (0, 1), (turn, bytes(content), done.stderr)
        assert (done.returncode == 1) == (b"outrigger p4 run: " in done.stderr), done.stderr


def test_messages_are_shown_up_to_a_limit(folder):
    (folder / "a.pcap").write_bytes(pcap([(SECOND + n, TO_NOBODY) for n in range(1500)]))
    done = run(folder, "--in", "a.pcap")
    assert done.returncode == 0
    assert done.stderr.startswith(b"packet 1: ") and len(done.stderr.splitlines()) == 1000
    assert b"messages: 1500, of which 1000 are shown" in done.stdout


def test_entries_with_faults_or_packets_are_refused(folder):
    (folder / "a.pcap").write_bytes(pcap([(SECOND, TO3)]))
    for line, words in (("packet 1 00", "packets come from --in"), ("expect 1", "packets come from --in"),
                        ("add l3 f:1 forward(1)", "l3"), ("soup", "soup")):
        (folder / "bad.stf").write_text("# first\n" + line + "\n")
        done = run(folder, "--in", "a.pcap", "--entries", "bad.stf", "--out", "b.pcap")
        assert done.returncode == 1 and b"bad.stf:2" in done.stderr and words in done.stderr.decode(), done.stderr
        assert not (folder / "b.pcap").exists()
    (folder / "read.stf").write_text("register_write away 0 5\nregister_read away 0\n")
    done = run(folder, "--in", "a.pcap", "--entries", "read.stf")
    assert done.returncode == 0 and b"away[0] is 0x0005" in done.stdout


def test_outputs_that_are_there_are_written_over_but_never_inputs(folder):
    content = pcap([(SECOND, TO3)])
    (folder / "a.pcap").write_bytes(content)
    (folder / "b.pcap").write_bytes(b"something else, and longer than what comes" * 100)
    run_well(folder, "--in", "a.pcap", "--out", "b.pcap")
    assert len(dumped(folder / "b.pcap")) == 1
    (folder / "link.pcap").symlink_to("a.pcap")
    for same in ("a.pcap", "./a.pcap", "link.pcap", "switch.p4", "switch.stf"):
        done = run(folder, "--entries", "switch.stf", "--in", "a.pcap", "--out", same)
        assert done.returncode == 1 and b"same file" in done.stderr
    assert (folder / "a.pcap").read_bytes() == content and (folder / "switch.p4").read_text() == PROGRAM
    done = run(folder, "--in", "a.pcap", "--out", "1:b.pcap", "--out", "2:./b.pcap")
    assert done.returncode == 1 and b"two outputs" in done.stderr


def test_files_that_cannot_be_opened(folder):
    (folder / "a.pcap").write_bytes(pcap([(SECOND, TO3)]))
    for arguments, words in ((["--in", "none.pcap"], b"none.pcap"), (["--in", "."], b"folder"),
                             (["--in", "a.pcap", "--out", "none/b.pcap"], b"none/b.pcap"),
                             (["--in", "a.pcap", "--entries", "none.stf"], b"none.stf"),
                             (["--in", "512:a.pcap"], b"512"), (["--in", "a.pcap", "--port", "511"], b"511")):
        done = run(folder, *arguments)
        assert done.returncode == 1 and words in done.stderr, (arguments, done.stderr)
    full = run(folder, "--entries", "switch.stf", "--in", "a.pcap", "--out", "/dev/full")
    assert full.returncode == 1 and b"/dev/full" in full.stderr


@pytest.mark.parametrize("arguments", [[], ["--out", "b.pcap"], ["--in", "a.pcap", "--port", "x"], ["--in", "1:"],
                                       ["--in", "99999999999:a.pcap"], ["--in", "a.pcap", "--out", "b", "--out", "c"],
                                       ["--in", "a.pcap", "--out", "1:b", "--out", "1:c"], ["--in", "a.pcap", "b.pcap"], ["--in", "-", "--in", "1:-"]])
def test_wrong_use_is_status_2(folder, arguments):
    done = run(folder, *arguments)
    assert done.returncode == 2 and done.stderr != b""


def test_compile_says_what_it_made(folder):
    done = run(folder, verb="compile")
    assert done.returncode == 0 and done.stderr == b""
    assert b"switch.p4: V1Switch; 1 tables with 1 keys" in done.stdout
    for name in ("i.txt", "i.pb.txt", "i.json", "i.bin"):
        done = run(folder, "--p4info", name, verb="compile")
        assert done.returncode == 0 and name.encode() in done.stdout
    for name in ("i.txt", "i.pb.txt"):
        assert 'name: "I.l2"' in (folder / name).read_text()
    assert '"I.l2"' in (folder / "i.json").read_text()
    with open(folder / "i.bin", "rb") as binary:
        decoded = subprocess.run(["protoc", "-I", os.path.join(ROOT, "proto"), "--decode=p4.config.v1.P4Info",
                                  "p4/config/v1/p4info.proto"], stdin=binary, capture_output=True, text=True)
    assert decoded.returncode == 0 and 'name: "I.l2"' in decoded.stdout


def test_compile_dumps_stages_alone(folder):
    done = run(folder, "--dump", "ast", "--dump", "ir", verb="compile")
    assert done.returncode == 0
    assert b"table l2" in done.stdout and b"apply I.l2" in done.stdout
    assert b"V1Switch; 1 tables" in done.stderr and b"V1Switch; 1 tables" not in done.stdout
    assert run(folder, "--dump", "soup", verb="compile").returncode == 2


def test_compile_refuses(folder):
    (folder / "bad.p4").write_text(PROGRAM.replace("bit<9> port)", "bit<9> port, nothing x)"))
    done = run(folder, "--p4info", "i.txt", verb="compile", program="bad.p4")
    assert done.returncode == 1 and b"bad.p4:" in done.stderr and not (folder / "i.txt").exists()
    (folder / "library.p4").write_text("const bit<8> x = 1;\n")
    done = run(folder, verb="compile", program="library.p4")
    assert done.returncode == 1 and b"main" in done.stderr
    done = run(folder, "--p4info", "none/i.txt", verb="compile")
    assert done.returncode == 1 and b"none/i.txt" in done.stderr


def test_native_code_in_bursts_does_the_same(folder):
    # The program writes the time into packets, so that only those of one time share a burst: two thirds of them do.
    packets = [(number // 3 * SECOND, data) for number, data in enumerate([TO3, TO4, TO_NOBODY, TO5, TO_ALL, TO3] * 40)]
    (folder / "a.pcap").write_bytes(pcap(packets))
    summaries = [run_well(folder, "--in", "a.pcap", "--out", f"{engine}.pcapng", "--engine", engine)
                 for engine in ("interpreter", "native")]
    assert (folder / "interpreter.pcapng").read_bytes() == (folder / "native.pcapng").read_bytes()
    interpreted, compiled = ([line for line in summary.splitlines() if not line.startswith(("time:", "bursts:"))]
                             for summary in summaries)
    assert interpreted == compiled
    bursts, fast, slow = map(int, re.search(r"bursts: (\d+), with (\d+) packets; (\d+) packets went one by one",
                                            summaries[1]).groups())
    assert fast + slow == len(packets) and fast >= len(packets) // 2 and 0 < bursts <= len(packets)


def test_native_code_says_that_no_packet_went_in_a_burst(folder):
    (folder / "a.pcap").write_bytes(pcap([(0, TO_NOBODY)] * 3))  # each writes a line to the log
    summary = run_well(folder, "--in", "a.pcap", "--engine", "native")
    assert "bursts: none; 3 packets, all that came, went one by one\n" in summary


def test_native_code_tells_which_packet_logged(folder):
    (folder / "a.pcap").write_bytes(pcap([(0, TO3), (0, TO_NOBODY), (0, TO4), (0, TO_NOBODY)]))
    done = run(folder, "--entries", "switch.stf", "--in", "a.pcap", "--engine", "native")
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stderr.decode().splitlines() if line.startswith("packet ")]
    assert [line.split(":")[0] for line in told] == ["packet 2", "packet 4"]
