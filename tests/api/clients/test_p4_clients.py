"""p4runtime-shell (PyPI), unchanged, on the P4Info of every program that ships: run by clients/run, which installs it.

It needs no switch for this: its own copy of P4Runtime's protocol reads the text and the binary form, and its objects for
tables, actions and the rest take names and make the messages with numbers that a switch would get.
"""
import os
import pathlib
import subprocess

import pytest
from google.protobuf import text_format
from p4.config.v1 import p4info_pb2
from p4runtime_sh import shell
from p4runtime_sh.context import P4Type

PROJECT = pathlib.Path(__file__).resolve().parents[3]
OUTRIGGER_P4 = os.environ.get("OUTRIGGER_P4", str(PROJECT / "build/release/src/cli/outrigger-p4"))
PROGRAMS = sorted((PROJECT / "p4/programs").glob("*.p4"))
Match = p4info_pb2.MatchField


def p4info(program, form):
    command = [OUTRIGGER_P4, "info", str(program), "--format", form]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


@pytest.fixture(params=PROGRAMS, ids=lambda program: program.stem)
def info(request):
    made = text_format.Parse(p4info(request.param, "text").decode(), p4info_pb2.P4Info())  # knows every field, or fails
    shell.context.set_p4info(made)
    shell.global_options["verbose"] = False
    return made


def test_there_are_programs():
    assert len(PROGRAMS) >= 8


def test_text_and_binary_say_the_same(info, request):
    program = request.node.callspec.params["info"]
    assert p4info_pb2.P4Info.FromString(p4info(program, "binary")) == info


def test_every_object_is_found_by_its_name_and_its_alias(info):
    numbers = set()
    for kind in P4Type:
        for thing in getattr(info, kind.p4info_name):
            assert shell.context.get_obj(kind, thing.preamble.name) is thing
            assert shell.context.get_obj(kind, thing.preamble.alias) is thing
            numbers.add(thing.preamble.id)
    assert len(numbers) == sum(len(getattr(info, kind.p4info_name)) for kind in P4Type)


def pattern(field):
    """A value for a match, the least that is not 0, and what the message has of it."""
    return {Match.EXACT: "1", Match.LPM: f"1/{field.bitwidth}", Match.TERNARY: "1&&&1", Match.RANGE: "1..1",
            Match.OPTIONAL: "1"}[field.match_type]  # fmt: skip


def first_action(table):
    usable = [ref for ref in table.action_refs if ref.scope != p4info_pb2.ActionRef.DEFAULT_ONLY]
    return shell.context.get_obj_by_id(usable[0].id)


def test_entries_get_the_numbers_of_tables_fields_actions_and_parameters(info):
    for table in info.tables:
        if table.is_const_table:
            continue
        action = first_action(table)
        if table.implementation_id:
            member = shell.ActionProfileMember(shell.context.get_name_from_id(table.implementation_id))(
                member_id=1, action=action.preamble.name)
            assert member.msg().action_profile_id == table.implementation_id
            entry = shell.TableEntry(table.preamble.name)
            entry.member_id = 1
        else:
            entry = shell.TableEntry(table.preamble.name)(action=action.preamble.name)
            for parameter in action.params:
                entry.action[parameter.name] = "1"
        for field in table.match_fields:
            entry.match[field.name] = pattern(field)
        message = entry.msg()
        assert message.table_id == table.preamble.id
        assert [match.field_id for match in message.match] == [field.id for field in table.match_fields]
        if not table.implementation_id:
            made = message.action.action
            assert made.action_id == action.preamble.id
            assert [one.param_id for one in made.params] == [one.id for one in action.params]


def test_direct_resources_and_profiles_point_back_at_their_tables(info):
    for direct in [*info.direct_counters, *info.direct_meters]:
        table = shell.context.get_obj_by_id(direct.direct_table_id)
        assert direct.preamble.id in table.direct_resource_ids
    for profile in info.action_profiles:
        assert {table.preamble.id for table in info.tables if table.implementation_id == profile.preamble.id} == set(
            profile.table_ids)


def test_counters_meters_and_digests_are_entities_of_the_shell(info):
    for counter in info.counters:
        assert shell.CounterEntry(counter.preamble.name).msg().counter_id == counter.preamble.id
    for meter in info.meters:
        assert shell.MeterEntry(meter.preamble.name).msg().meter_id == meter.preamble.id
    for digest in info.digests:
        assert shell.DigestEntry(digest.preamble.name).msg().digest_id == digest.preamble.id
