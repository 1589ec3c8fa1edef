// Reading scripts: every command, the ways in which they are written in the world, and what is refused.
#include "stf/reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "stf/limits.h"

namespace outrigger::stf {
namespace {

// The one command of a script.
template <typename T>
T one(std::string_view text) {
  Reading reading = read_script(text);
  for (const Problem& problem : reading.errors) {
    ADD_FAILURE() << text << "\n" << to_text(problem, "script");
  }
  if (reading.script.commands.size() != 1 || !std::holds_alternative<T>(reading.script.commands[0].command)) {
    ADD_FAILURE() << text << ": another command, or not one";
    return T{};
  }
  return std::get<T>(std::move(reading.script.commands[0].command));
}

// The one error of a script.
Problem refused(std::string_view text) {
  Reading reading = read_script(text);
  EXPECT_EQ(reading.errors.size(), 1U) << text;
  EXPECT_TRUE(reading.script.commands.empty()) << text;
  return reading.errors.empty() ? Problem{} : reading.errors[0];
}

uint64_t plain(const Number& number) { return to_uint64(number).value_or(UINT64_MAX); }

TEST(Reader, packet) {
  const auto packet = one<Packet>("packet 511 00 Ab\tcD 0 1");
  EXPECT_EQ(packet.port, 511U);
  EXPECT_EQ(packet.bytes, Bytes({0x00, 0xAB, 0xCD, 0x01}));
  EXPECT_EQ(one<Packet>("PACKET 0x10 0x0102 # comment").bytes, Bytes({1, 2}));
  EXPECT_TRUE(one<Packet>("packet 1").bytes.empty());
}

TEST(Reader, packet_refused) {
  const Problem odd = refused("packet 1 012");
  EXPECT_EQ(odd.line, 1U);
  EXPECT_EQ(odd.column, 10U);
  EXPECT_EQ(refused("\n  packet 1 01 0g").column, 16U);
  EXPECT_EQ(refused("\n  packet 1 01 0g").line, 2U);
  refused("packet");
  refused("packet x 00");
  refused("packet -1 00");
  refused("packet 4294967296 00");
  refused("packet 1 0*");
  EXPECT_NE(refused("packet 1 " + std::string(packet_bytes_max * 2 + 2, '0')).what.find("65536"), std::string::npos);
}

TEST(Reader, expect) {
  EXPECT_FALSE(one<Expect>("expect 3").pattern.has_value());
  EXPECT_FALSE(one<Expect>("expect 3 # anything").pattern.has_value());
  EXPECT_EQ(one<Expect>("expect 3 0A *B **").pattern, (PacketPattern{"0a*b**", false}));
  EXPECT_EQ(one<Expect>("expect 3 0A $").pattern, (PacketPattern{"0a", true}));
  EXPECT_EQ(one<Expect>("expect 3 0A$ # end").pattern, (PacketPattern{"0a", true}));
  EXPECT_EQ(one<Expect>("expect 3 $").pattern, (PacketPattern{"", true}));
  EXPECT_EQ(one<Expect>("expect 3 0A0").pattern, (PacketPattern{"0a0", false}));
  refused("expect 3 0A$ 0B");
  refused("expect 3 0A.");
  refused("expect");
}

TEST(Reader, bare_commands) {
  one<Wait>("wait");
  one<Wait>("  Wait  # a moment\r\n");
  one<NoPacket>("no_packet");
  one<RemoveAll>("remove all");
  one<RemoveAll>("REMOVE ALL");
  refused("wait 1");
  refused("remove t");
  refused("remove");
}

TEST(Reader, add) {
  const auto add = one<Add>("add ingress.t 10 hdr.h.f:0x10 hdr.a[0].b : 3 h.$valid$:1 act(x:1, y:0x2) = $handle");
  EXPECT_EQ(add.table.text, "ingress.t");
  EXPECT_EQ(add.priority, 10U);
  ASSERT_EQ(add.keys.size(), 3U);
  EXPECT_EQ(add.keys[0].name.text, "hdr.h.f");
  EXPECT_EQ(plain(add.keys[0].value.first), 16U);
  EXPECT_EQ(add.keys[1].name.text, "hdr.a[0].b");
  EXPECT_EQ(plain(add.keys[1].value.first), 3U);
  EXPECT_EQ(add.keys[2].name.text, "h.$valid$");
  EXPECT_EQ(add.keys[2].name.column, 46U);
  EXPECT_EQ(add.action.name.text, "act");
  ASSERT_EQ(add.action.arguments.size(), 2U);
  EXPECT_EQ(add.action.arguments[1].name.text, "y");
  EXPECT_EQ(plain(add.action.arguments[1].value), 2U);
  EXPECT_EQ(add.handle, "handle");
}

TEST(Reader, add_without_priority_keys_or_parentheses) {
  const auto add = one<Add>("add t act");
  EXPECT_EQ(add.table.text, "t");
  EXPECT_FALSE(add.priority.has_value());
  EXPECT_TRUE(add.keys.empty());
  EXPECT_EQ(add.action.name.text, "act");
  EXPECT_TRUE(add.action.arguments.empty());
  EXPECT_EQ(one<Add>("add t f:1 act()=h").handle, "h");
  EXPECT_EQ(one<Add>("add t f:1, g:2 act()").keys.size(), 2U);
  EXPECT_EQ(one<Add>("add t f:1 act = h").handle, "h");
}

TEST(Reader, a_number_before_a_colon_is_a_key) {
  const auto add = one<Add>("add t 0:1 act()");
  EXPECT_FALSE(add.priority.has_value());
  ASSERT_EQ(add.keys.size(), 1U);
  EXPECT_EQ(add.keys[0].name.text, "0");
}

TEST(Reader, values) {
  const auto add = one<Add>(
      "add t a:10.0.0.0/8 b:0x0800&&&0xff00 c:1 &&& 2 d:3..7 e:3 -> 7 f:0x0*1 g:00:11:22:33:44:55 i:-3 j:* act()");
  ASSERT_EQ(add.keys.size(), 9U);
  EXPECT_EQ(add.keys[0].value.form, ValueForm::Prefix);
  EXPECT_EQ(plain(add.keys[0].value.first), 0x0A000000U);
  EXPECT_EQ(plain(add.keys[0].value.second), 8U);
  EXPECT_EQ(add.keys[1].value.form, ValueForm::Masked);
  EXPECT_EQ(plain(add.keys[1].value.second), 0xFF00U);
  EXPECT_EQ(add.keys[2].value.form, ValueForm::Masked);
  EXPECT_EQ(add.keys[3].value.form, ValueForm::Range);
  EXPECT_EQ(plain(add.keys[3].value.second), 7U);
  EXPECT_EQ(add.keys[4].value.form, ValueForm::Range);
  EXPECT_EQ(add.keys[5].value.first.mask, Bytes({0x0F, 0x0F}));
  EXPECT_EQ(plain(add.keys[6].value.first), 0x001122334455U);
  EXPECT_TRUE(add.keys[7].value.first.is_negative);
  EXPECT_TRUE(add.keys[8].value.first.has_wildcards);
}

TEST(Reader, names) {
  const auto add = one<Add>("add \"in gress.t\" \"h.a # b\":1 h.f[7:4]:2 h.isValid():1 a.b$0.c:1 \"act\"(\"x\":1)");
  EXPECT_EQ(add.table.text, "in gress.t");
  ASSERT_EQ(add.keys.size(), 4U);
  EXPECT_EQ(add.keys[0].name.text, "h.a # b");
  EXPECT_EQ(add.keys[1].name.text, "h.f[7:4]");
  EXPECT_EQ(add.keys[2].name.text, "h.isValid()");
  EXPECT_EQ(add.keys[3].name.text, "a.b$0.c");
  EXPECT_EQ(add.action.name.text, "act");
  EXPECT_EQ(add.action.arguments[0].name.text, "x");
}

TEST(Reader, arguments) {
  const auto add = one<Add>("add t act(1,2 , x : 3 4 00:00:00:00:00:01, mac:00:00:00:00:00:02");
  ASSERT_EQ(add.action.arguments.size(), 6U);
  EXPECT_TRUE(add.action.arguments[1].name.text.empty());
  EXPECT_EQ(add.action.arguments[2].name.text, "x");
  EXPECT_EQ(plain(add.action.arguments[3].value), 4U);
  EXPECT_EQ(plain(add.action.arguments[4].value), 1U);
  EXPECT_EQ(plain(add.action.arguments[5].value), 2U);
}

TEST(Reader, add_refused) {
  for (const char* const text :
       {"add", "add t", "add t 5", "add t a:1", "add t a: act()", "add t a:zz act()", "add t a:1 act() more",
        "add t act(x:)", "add t act(:1)", "add t act() =", "add t \"act", "add t a:1/ act()", "add t a:1 &&& act()",
        "add t a:1.. act()", "add t 99999999999 act()", "add (", "add t act)", "setdefault t", "setdefault t a() b"}) {
    const Problem problem = refused(text);
    EXPECT_EQ(problem.line, 1U);
    EXPECT_NE(problem.column, 0U) << text;
  }
  refused("add " + std::string(name_bytes_max + 1, 't') + " act()");
}

TEST(Reader, crc_parameters) {
  const auto crc = one<SetCrcParameters>("set_crc16_parameters calc_0 0x1021 65535 0x0 true 0");
  EXPECT_EQ(crc.name.text, "calc_0");
  EXPECT_EQ(crc.width_bits, 16U);
  EXPECT_EQ(crc.polynomial, 0x1021U);
  EXPECT_EQ(crc.initial, 0xFFFFU);
  EXPECT_EQ(crc.final_xor, 0U);
  EXPECT_TRUE(crc.is_input_reflected);
  EXPECT_FALSE(crc.is_output_reflected);
  EXPECT_EQ(one<SetCrcParameters>("set_crc32_parameters c 1 2 0xffffffff False True").final_xor, 0xFFFFFFFFU);
  for (const char* const text :
       {"set_crc16_parameters", "set_crc16_parameters c", "set_crc16_parameters c 0x10000 0 0 0 0",
        "set_crc32_parameters c 1 2 3 true", "set_crc32_parameters c 1 2 3 4 true",
        "set_crc32_parameters c 1 2 3 0 0 0", "set_crc32_parameters c 1 * 3 0 0"}) {
    refused(text);
  }
}

TEST(Reader, setdefault) {
  const auto command = one<SetDefault>("setdefault t act(5)");
  EXPECT_EQ(command.table.text, "t");
  EXPECT_EQ(plain(command.action.arguments.at(0).value), 5U);
}

TEST(Reader, check_counter) {
  const auto check = one<CheckCounter>("check_counter in.c(3) packets == 5");
  EXPECT_EQ(check.counter.text, "in.c");
  EXPECT_EQ(std::get<uint64_t>(check.cell), 3U);
  EXPECT_EQ(check.condition->unit, CounterUnit::PacketCount);
  EXPECT_EQ(check.condition->value, 5U);
  const auto other = one<CheckCounter>("check_counter c $h Bytes>=3");
  EXPECT_EQ(std::get<Name>(other.cell).text, "h");
  EXPECT_EQ(other.condition->unit, CounterUnit::ByteCount);
  EXPECT_EQ(other.condition->comparison, Comparison::GreaterOrEqual);
  EXPECT_FALSE(one<CheckCounter>("check_counter c($h)").condition.has_value());
  EXPECT_EQ(one<CheckCounter>("check_counter c(0) < 0x10").condition->comparison, Comparison::Less);
  EXPECT_EQ(one<CheckCounter>("check_counter c 0 packets != 1").condition->comparison, Comparison::NotEqual);
  for (const char* const text :
       {"check_counter", "check_counter c", "check_counter c(0", "check_counter c(0) bits == 1",
        "check_counter c(0) packets", "check_counter c(0) packets = 1", "check_counter c(0) packets == x",
        "check_counter c(0) packets == 1 2"}) {
    refused(text);
  }
}

TEST(Reader, mirroring_and_multicast) {
  EXPECT_EQ(one<MirroringAdd>("mirroring_add 1 2").port, 2U);
  EXPECT_EQ(one<MirroringAddMc>("mirroring_add_mc 1 3").group, 3U);
  EXPECT_EQ(one<MirroringGet>("mirroring_get 4").session, 4U);
  EXPECT_EQ(one<McMgrpCreate>("mc_mgrp_create 5").group, 5U);
  const auto node = one<McNodeCreate>("mc_node_create 400 6 7");
  EXPECT_EQ(node.rid, 400U);
  EXPECT_EQ(node.ports, (std::vector<uint32_t>{6, 7}));
  const auto association = one<McNodeAssociate>("mc_node_associate 5 0");
  EXPECT_EQ(association.group, 5U);
  EXPECT_EQ(association.node, 0U);
  for (const char* const text : {"mirroring_add 1", "mirroring_add 1 2 3", "mirroring_add_mc 1", "mirroring_get",
                                 "mc_mgrp_create", "mc_node_create", "mc_node_create 1 2 | 3", "mc_node_associate 1"}) {
    refused(text);
  }
}

TEST(Reader, registers_and_meters) {
  EXPECT_EQ(one<RegisterRead>("register_read r 3").index, 3U);
  EXPECT_FALSE(one<RegisterRead>("register_read in.r").index.has_value());
  EXPECT_EQ(plain(one<RegisterWrite>("register_write r 1 0xff").value), 255U);
  EXPECT_EQ(one<RegisterReset>("register_reset r").name.text, "r");
  EXPECT_EQ(one<MeterGetRates>("meter_get_rates m 2").index, 2U);
  EXPECT_EQ(one<MeterSetRates>("meter_set_rates m 0 0.001:5 1e-2:8").rates,
            (std::vector<MeterRate>{{0.001, 5}, {0.01, 8}}));
  EXPECT_EQ(one<MeterArraySetRates>("meter_array_set_rates m 1:1").rates, (std::vector<MeterRate>{{1, 1}}));
  for (const char* const text :
       {"register_read", "register_write r 1", "register_write r 1 2 3", "register_reset", "meter_get_rates m",
        "meter_set_rates m 0", "meter_set_rates m 0 1", "meter_set_rates m 0 x:1", "meter_set_rates m 0 nan:1",
        "meter_set_rates m 0 inf:1", "meter_set_rates m 0 -1:1", "meter_set_rates m 0 1:1 1:1 1:1",
        "meter_array_set_rates m"}) {
    refused(text);
  }
}

TEST(Reader, lines) {
  const Reading reading = read_script("\xEF\xBB\xBF# first\r\n\r\nwait\r\n // not a command\n\t\nwait#\nwait");
  EXPECT_TRUE(reading.errors.empty());
  ASSERT_EQ(reading.script.commands.size(), 3U);
  EXPECT_EQ(reading.script.commands[0].line, 3U);
  EXPECT_EQ(reading.script.commands[1].line, 6U);
  EXPECT_EQ(reading.script.commands[2].line, 7U);
  EXPECT_TRUE(read_script("").script.commands.empty());
}

TEST(Reader, many_errors_a_run) {
  const Reading reading = read_script("expct 1\nwait\npacket x\n:\n");
  ASSERT_EQ(reading.errors.size(), 3U);
  EXPECT_EQ(to_text(reading.errors[0], "a.stf").substr(0, 46), "a.stf:1:1: error: 'expct' is not a command\n  T");
  EXPECT_EQ(reading.errors[1].line, 3U);
  EXPECT_EQ(reading.errors[2].line, 4U);
  EXPECT_EQ(reading.script.commands.size(), 1U);
}

TEST(Reader, limits) {
  std::string many;
  for (size_t i = 0; i < errors_max * 2; ++i) {
    many += "x\n";
  }
  EXPECT_EQ(read_script(many).errors.size(), errors_max);
  EXPECT_EQ(read_script(std::string(script_bytes_max + 1, '\n')).errors.size(), 1U);
  EXPECT_EQ(read_script("packet 1 " + std::string(line_bytes_max, ' ')).errors.size(), 1U);
  std::string commands;
  for (size_t i = 0; i <= commands_max; ++i) {
    commands += "wait\n";
  }
  const Reading reading = read_script(commands);
  EXPECT_EQ(reading.script.commands.size(), commands_max);
  EXPECT_EQ(reading.errors.size(), 1U);
}

TEST(Reader, keys_and_arguments_are_limited_together) {
  std::string line = "setdefault t a(";
  for (size_t i = 0; i < arguments_max; ++i) {
    line += "1 ";
  }
  std::string script;
  for (size_t i = 0; i <= values_max / arguments_max + 1; ++i) {
    script.append(line).append(")\n");
  }
  const Reading reading = read_script(script);
  ASSERT_EQ(reading.errors.size(), 1U);
  EXPECT_EQ(reading.script.commands.size(), values_max / arguments_max + 1);
  refused(line + "1)");
}

TEST(Reader, what_does_not_print_is_shown_escaped) {
  EXPECT_NE(refused(std::string_view("\x01\xff\0x", 4)).what.find("\\x01\\xff\\x00x"), std::string::npos);
}

}  // namespace
}  // namespace outrigger::stf
