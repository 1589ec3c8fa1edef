"""`outrigger p4 …` as a person calls it: exit status, where faults are told, what each verb prints.

P4Info is read back by protoc, which nobody of us wrote, from the schema of the proto folder.
"""
import os
import re
import subprocess

import pytest

CLI = os.path.abspath(os.environ["OUTRIGGER_CLI"])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

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
  action drop() { mark_to_drop(sm); }
  table l2 {
    key = { hdr.ethernet.dst : exact; }
    actions = { forward; drop; }
    default_action = drop();
    size = 4096;
  }
  apply { l2.apply(); }
}
control E(inout headers_t hdr, inout meta_t meta, inout standard_metadata_t sm) { apply { } }
control C(inout headers_t hdr, inout meta_t meta) { apply { } }
control D(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr.ethernet); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
"""

SCRIPT = """# one entry, one packet that it is for, one that it is not for
add l2 hdr.ethernet.dst:0x000000000001 forward(port:3)
packet 1 000000000001 000000000002 0800 abcd
expect 3 000000000001 000000000002 0800 abcd $
packet 1 000000000009 000000000002 0800 abcd
"""


def run(*arguments, cwd=None, env=None):
    return subprocess.run([CLI, "p4", *arguments], capture_output=True, text=True, cwd=cwd, timeout=60,
                          env=dict(os.environ, **(env or {})))


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "switch.p4"
    path.write_text(PROGRAM)
    return path


def test_a_valid_program_is_accepted_in_silence(program):
    done = run("check", str(program))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_fault_is_told_with_its_place_and_a_remedy(program, tmp_path):
    text = PROGRAM.replace("sm.egress_spec = port;", "sm.egress_spec = hdr.ethernet.dst;")
    program.write_text(text)
    done = run("check", "switch.p4", cwd=tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    line = next(n for n, l in enumerate(text.splitlines(), 1) if "egress_spec = hdr" in l)
    first = done.stderr.splitlines()[0]
    assert re.match(rf"switch\.p4:{line}:\d+: error: ", first), first
    assert "bit<48>" in done.stderr and "bit<9>" in done.stderr
    source, caret = done.stderr.splitlines()[1:3]
    assert source.split("|", 1)[1].strip() == text.splitlines()[line - 1].strip()
    assert "^" in caret
    assert "help" in done.stderr


def test_many_faults_are_told_in_one_run(program, tmp_path):
    program.write_text(PROGRAM.replace("sm.egress_spec = port;", "no_such_thing = 1; nor_this = 2;"))
    done = run("check", "switch.p4", cwd=tmp_path)
    assert done.returncode == 1
    assert "'no_such_thing'" in done.stderr and "'nor_this'" in done.stderr


def test_each_of_several_programs_is_told(program, tmp_path):
    bad = tmp_path / "bad.p4"
    bad.write_text("const bit<8> x = ;\n")
    done = run("check", str(bad), str(program))
    assert done.returncode == 1 and "bad.p4:1:" in done.stderr and "switch.p4" not in done.stderr


@pytest.mark.parametrize("arguments", [[], ["check"], ["chekc", "x.p4"], ["dump", "--stage", "soup", "x.p4"],
                                       ["test", "x.p4"], ["test", "--engine", "steam", "x.p4", "x.stf"], ["info", "--format", "xml", "x.p4"], ["check", "--what", "x.p4"]])
def test_wrong_use_is_status_2(arguments):
    done = run(*arguments)
    assert done.returncode == 2 and done.stderr != ""


def test_a_file_that_is_not_there(tmp_path):
    for arguments in (["check", "none.p4"], ["dump", "none.p4"], ["info", "none.p4"], ["test", "none.p4", "none.stf"]):
        done = run(*arguments, cwd=tmp_path)
        assert done.returncode == 1 and "none.p4" in done.stderr, arguments


def test_macros_and_folders_of_includes(tmp_path):
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc" / "width.h").write_text("#define WIDTH 8\n")
    (tmp_path / "main.p4").write_text("#include <width.h>\nconst bit<WIDTH> x = VALUE;\n")
    assert run("check", "-I", "inc", "-D", "VALUE=3", "main.p4", cwd=tmp_path).returncode == 0
    refused = run("check", "-D", "VALUE=3", "main.p4", cwd=tmp_path)
    assert refused.returncode == 1 and "main.p4:1:" in refused.stderr and "width.h" in refused.stderr
    assert run("check", "-I", "inc", "main.p4", cwd=tmp_path).returncode == 1


def test_a_script_that_passes_and_one_that_fails(program, tmp_path):
    script = tmp_path / "switch.stf"
    script.write_text(SCRIPT)
    for engine in ("interpreter", "native", "both"):
        passed = run("test", "--engine", engine, str(program), str(script))
        assert passed.returncode == 0, passed.stdout + passed.stderr
    assert passed.stdout.count("passed") == 2  # both
    script.write_text(SCRIPT.replace("expect 3", "expect 4"))
    failed = run("test", str(program), str(script))
    assert failed.returncode == 1
    assert "switch.stf:4" in failed.stdout + failed.stderr
    script.write_text("packet 1 zz\n")
    faulty = run("test", str(program), str(script))
    assert faulty.returncode == 1 and "switch.stf:1" in faulty.stdout + faulty.stderr


def test_p4info_is_what_protoc_reads(program, tmp_path):
    done = run("info", "--format", "binary", "-o", str(tmp_path / "info.bin"), str(program))
    assert done.returncode == 0, done.stderr
    with open(tmp_path / "info.bin", "rb") as binary:
        decoded = subprocess.run(["protoc", "-I", os.path.join(ROOT, "proto"), "--decode=p4.config.v1.P4Info",
                                  "p4/config/v1/p4info.proto"], stdin=binary, capture_output=True, text=True)
    assert decoded.returncode == 0, decoded.stderr
    for wanted in ('name: "I.l2"', 'alias: "l2"', 'name: "hdr.ethernet.dst"', "bitwidth: 48", "match_type: EXACT", "size: 4096",
                   'name: "I.forward"', "bitwidth: 9", 'arch: "v1model"'):
        assert wanted in decoded.stdout, wanted
    text = run("info", str(program))
    assert text.returncode == 0 and 'name: "I.l2"' in text.stdout
    json = run("info", "--format", "json", str(program))
    assert json.returncode == 0 and '"I.l2"' in json.stdout


def test_dump_prints_what_the_compiler_sees(program):
    tree = run("dump", "--stage", "ast", str(program))
    assert tree.returncode == 0 and "table l2" in tree.stdout
    lowered = run("dump", str(program))
    assert lowered.returncode == 0
    assert "extract hdr.ethernet" in lowered.stdout and "apply I.l2" in lowered.stdout and "emit hdr.ethernet" in lowered.stdout


def test_help_names_the_verbs():
    done = run("--help")
    assert done.returncode == 0
    for verb in ("check", "test", "info", "dump"):
        assert verb in done.stdout
    whole = subprocess.run([CLI, "--help"], capture_output=True, text=True, timeout=60)
    assert re.search(r"^\s+p4\b", whole.stdout, re.M)


def options_of(text):
    return set(re.findall(r"(?<![\w-])(--?[A-Za-z][\w-]*)", text))


def test_the_manual_has_every_option_and_no_other():
    with open(os.path.join(ROOT, "docs", "man", "outrigger.1.md"), encoding="utf-8") as file:
        synopsis, _, description = file.read().partition("## DESCRIPTION")
    synopsis = re.sub(r"\n {6,}", " ", synopsis)
    same = re.search(r"^    outrigger p4 check (.*)$", synopsis, re.MULTILINE).group(1)
    for verb in re.findall(r"^  ([a-z]+)  ", run("--help").stdout.partition("Subcommands:")[2], re.MULTILINE):
        forms = re.findall(rf"^    outrigger p4 {verb} (.*)$", synopsis, re.MULTILINE)
        named = options_of(" ".join(forms).replace("[the same]", same))
        lines = re.findall(r"^  (-\S+)", run(verb, "--help").stdout, re.MULTILINE)
        helped = [set(line.split(",")) for line in lines if line != "-h,--help"]
        for spellings in helped:  # one spelling does in the synopsis
            assert spellings & named and spellings <= named | options_of(description), (verb, spellings)
        assert named <= set().union(*helped), (verb, named)
        assert f"**p4 {verb}**" in description, verb
