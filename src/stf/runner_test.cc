// Running scripts over a fake engine: what passes, what fails, and in which words.
#include "stf/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "stf/fake_engine.h"
#include "stf/limits.h"
#include "stf/reader.h"

namespace outrigger::stf {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RunnerTest : public ::testing::Test {
 protected:
  Report run(std::string_view text) {
    const Reading reading = read_script(text);
    EXPECT_TRUE(reading.errors.empty()) << to_text(reading.errors.at(0), "script");
    return run_script(reading.script, engine_);
  }
  bool passes(std::string_view text) { return run(text).has_passed(); }
  // "LINE: what | remedy" of the one failure.
  std::string failure(std::string_view text) {
    const Report report = run(text);
    EXPECT_EQ(report.failures.size(), 1U) << to_text(report, "script");
    return report.failures.empty() ? ""
                                   : fmt::format("{}: {} | {}", report.failures[0].line, report.failures[0].what,
                                                 report.failures[0].remedy);
  }

  FakeEngine engine_;
};

TEST_F(RunnerTest, what_passes) {
  EXPECT_TRUE(passes(""));
  EXPECT_TRUE(passes("packet 1 0102\nexpect 2 0102$"));
  EXPECT_TRUE(passes("packet 1 0102\nexpect 2 01"));
  EXPECT_TRUE(passes("packet 1 0102\nexpect 2 *1*2 $"));
  EXPECT_TRUE(passes("packet 1 0102\nexpect 2"));
  EXPECT_TRUE(passes("expect 2 0102\npacket 1 0102\nwait"));
  EXPECT_TRUE(passes("packet 1 01\npacket 1 02\nwait\nexpect 2 01\nexpect 2 02\n"));
  EXPECT_TRUE(passes("packet 1 01\npacket 4 02\nexpect 5 02\nexpect 2 01\n"));
  engine_.is_slow = true;
  EXPECT_TRUE(passes("packet 1 01\npacket 1 02\nexpect 2 01\nexpect 2 02\n"));
}

TEST_F(RunnerTest, a_packet_that_differs) {
  EXPECT_EQ(failure("packet 1 0102\nexpect 2 0103\n"),
            "2: port 2: packet 1 is another one: expected at least 2 bytes, got 2\n"
            "  0000  expected  01 03\n"
            "        got       01 02\n"
            "                      ^ | ");
  EXPECT_THAT(failure("packet 1 0102\nexpect 2 01 $\n"), HasSubstr("expected 1 byte, got 2"));
  EXPECT_THAT(failure("packet 1 01\nexpect 2 0102\n"), HasSubstr("expected at least 2 bytes, got 1"));
}

TEST_F(RunnerTest, another_order) {
  const Report report = run("packet 1 01\npacket 1 02\nexpect 2 02\nexpect 2 01\n");
  ASSERT_EQ(report.failures.size(), 2U);
  EXPECT_EQ(report.failures[0].remedy, "Packet 2 of this port is as expected here: the order is another one.");
}

TEST_F(RunnerTest, a_packet_that_does_not_come) {
  EXPECT_EQ(failure("packet 1 01\nexpect 2 01\nexpect 2 01\n"),
            "3: port 2: packet 2 did not come (1 of 2 came) | "
            "Packet 1 of this port is as expected here: the order is another one.");
  EXPECT_EQ(failure("expect 2\n"), "1: port 2: packet 1 did not come (0 of 1 came) | ");
}

TEST_F(RunnerTest, a_packet_that_nothing_expects) {
  EXPECT_EQ(failure("packet 1 01\n"), "0: port 2 sent packet 1, which nothing expects: 01 (1 byte) | ");
  EXPECT_EQ(failure("packet 1 01\npacket 1 02\nexpect 2 01\n"),
            "0: port 2 sent packet 2, which nothing expects: 02 (1 byte) | ");
  const Report report = run("packet 1 01\nexpect 3 01\n");
  ASSERT_EQ(report.failures.size(), 2U);
  EXPECT_EQ(report.failures[1].remedy, "Packet 1 of port 2 is as expected here.");
}

TEST_F(RunnerTest, no_packet) {
  EXPECT_TRUE(passes("packet 1 01\nexpect 2 01\nno_packet\n"));
  engine_.is_slow = true;
  const Report report = run("packet 1 01\nno_packet\nexpect 2 01\n");
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].line, 2U);
  engine_.on_packet = [](uint32_t, const Bytes&) { return std::vector<Output>(); };
  EXPECT_TRUE(passes("packet 1 01\nno_packet\n"));
}

TEST_F(RunnerTest, a_packet_that_no_packet_found_is_told_once) {
  EXPECT_THAT(failure("packet 1 01\nno_packet\nno_packet\n"), HasSubstr("2: port 2 sent packet 1, which nothing"));
  const Report report = run("packet 1 01\nno_packet\npacket 1 02\n");
  ASSERT_EQ(report.failures.size(), 2U);
  EXPECT_THAT(report.failures[0].what, HasSubstr("port 2 sent packet 1"));
  EXPECT_THAT(report.failures[1].what, HasSubstr("port 2 sent packet 2"));
}

TEST_F(RunnerTest, packets_are_over_before_an_entry_changes) {
  engine_.is_slow = true;
  engine_.on_packet = [&](uint32_t, const Bytes&) {
    engine_.calls.emplace_back("packet");
    return std::vector<Output>();
  };
  EXPECT_TRUE(passes("packet 1 01\nadd ingress.t NoAction\npacket 1 02\nremove all\nsetdefault ingress.t miss(1)\n"));
  EXPECT_THAT(engine_.calls, ElementsAre("packet", "add 0 0", "packet", "remove", "default 0 2"));
}

TEST_F(RunnerTest, a_command_that_fails_does_not_end_the_run) {
  const Report report = run("add nowhere NoAction\nadd ingress.t 13 NoAction\npacket 1 01\nexpect 2 01\n");
  ASSERT_EQ(report.failures.size(), 2U);
  EXPECT_EQ(report.failures[0].line, 1U);
  EXPECT_EQ(report.failures[0].column, 5U);
  EXPECT_EQ(report.failures[1].line, 2U);
  EXPECT_EQ(report.failures[1].what, "the table is full");
  EXPECT_EQ(report.packets_received, 1U);
}

TEST_F(RunnerTest, counters) {
  EXPECT_TRUE(passes("check_counter c(3) packets == 5\ncheck_counter c 0 bytes >= 500\ncheck_counter c(1) > 4"));
  EXPECT_TRUE(
      passes("check_counter c(1) packets != 4\ncheck_counter c(1) packets <= 5\ncheck_counter c(1) bytes < 501"));
  EXPECT_TRUE(passes("add ingress.t NoAction() = $a\nadd ingress.t NoAction() = b\ncheck_counter d($b) packets == 5"));
  EXPECT_EQ(engine_.calls.back(), "counter 1 1");
  EXPECT_EQ(failure("check_counter c(0) packets == 4"), "1: counter c[0] has counted 5 packets; == 4 is expected | ");
  EXPECT_EQ(failure("check_counter c(0) bytes < 500"), "1: counter c[0] has counted 500 bytes; < 500 is expected | ");
  EXPECT_EQ(failure("check_counter c(4)"), "1: 'c' has 4 cells, none with index 4 | ");
  EXPECT_THAT(failure("check_counter d($x)"), HasSubstr("no entry has the handle 'x'"));
  EXPECT_THAT(failure("add ingress.t NoAction() = $a\nremove all\ncheck_counter d($a)"), HasSubstr("no entry has"));
  EXPECT_THAT(failure("add u h.x:1 ingress.forward(1,1) = $a\ncheck_counter d($a)"), HasSubstr("does not count for"));
  EXPECT_THAT(failure("check_counter e(0)"), HasSubstr("has no counter 'e'"));
  EXPECT_THAT(run("check_counter c(0)").remarks, ElementsAre("line 1: counter c[0]: 5 packets, 500 bytes"));
}

TEST_F(RunnerTest, registers) {
  const Report report = run("register_write r 1 0x123\nregister_read r 1\nregister_reset r\n");
  EXPECT_TRUE(report.has_passed());
  EXPECT_THAT(report.remarks, ElementsAre("line 2: register r[1] is 0x0123"));
  EXPECT_EQ(run("register_read r").remarks.size(), 3U);
  EXPECT_THAT(failure("register_write r 3 0"), HasSubstr("has 3 cells"));
  EXPECT_THAT(failure("register_read r 3"), HasSubstr("has 3 cells"));
  EXPECT_THAT(failure("register_write r 0 0x1000"), HasSubstr("does not fit into 12 bits"));
  EXPECT_THAT(failure("register_reset s"), HasSubstr("has no register"));
}

TEST_F(RunnerTest, meters) {
  EXPECT_TRUE(passes("meter_set_rates m 1 0.1:1 0.2:2\nmeter_array_set_rates m 0.1:1\nmeter_set_rates n 77 1:1\n"));
  EXPECT_THAT(engine_.calls, ElementsAre("meter 0 1 2", "meters 0 1", "meter 1 77 1"));
  EXPECT_THAT(run("meter_get_rates m 0").remarks, ElementsAre("line 1: meter m[0] has the rates 0.5:7"));
  EXPECT_THAT(failure("meter_set_rates m 2 1:1"), HasSubstr("has 2 cells"));
  EXPECT_THAT(failure("meter_get_rates x 2"), HasSubstr("has no meter"));
}

TEST_F(RunnerTest, mirroring) {
  const Report report = run("mirroring_add 1 2\nmirroring_add_mc 2 9\nmirroring_get 1\nmirroring_get 2\n");
  EXPECT_TRUE(report.has_passed());
  EXPECT_THAT(report.remarks, ElementsAre("line 3: session 1 goes to port 2", "line 4: session 2 goes to group 9"));
  EXPECT_EQ(failure("mirroring_get 5"), "1: no session 5 | ");
}

TEST_F(RunnerTest, multicast) {
  EXPECT_TRUE(
      passes("mc_mgrp_create 5\nmc_node_create 400 6\nmc_node_create 401 7 8\nmc_node_associate 5 1\n"
             "mc_node_associate 5 0\n"));
  EXPECT_THAT(engine_.calls, ElementsAre("replicas 5 401 7,8", "replicas 5 400 6"));
  EXPECT_THAT(failure("mc_node_create 1 1\nmc_node_associate 5 0"), HasSubstr("no multicast group 5"));
  EXPECT_THAT(failure("mc_mgrp_create 5\nmc_node_associate 5 0"), HasSubstr("no node 0"));
  EXPECT_THAT(failure("mc_mgrp_create 5\nmc_node_create 1 1\nmc_node_associate 5 0\nmc_node_associate 5 0"),
              HasSubstr("belongs to a group already"));
  EXPECT_EQ(failure("mc_mgrp_create 13"), "1: the group exists | ");
}

TEST_F(RunnerTest, an_entry_that_is_there_already_is_a_remark) {
  const Report report = run("add ingress.t 12 NoAction = $h\n");
  EXPECT_TRUE(report.has_passed()) << report.failures[0].what;
  EXPECT_THAT(report.remarks, ElementsAre("line 1: there is such an entry; nothing is added"));
}

TEST_F(RunnerTest, the_parameters_of_a_crc) {
  EXPECT_TRUE(passes("set_crc16_parameters calc 0x1021 0xffff 0 true False"));
  EXPECT_EQ(engine_.calls.back(), "crc16 calc 4129 65535 0 true false");
  EXPECT_TRUE(passes("set_crc32_parameters calc_0 0x04c11db7 0xffffffff 0xffffffff 0 1"));
  EXPECT_EQ(engine_.calls.back(), "crc32 calc_0 79764919 4294967295 4294967295 false true");
}

TEST_F(RunnerTest, what_goes_wrong_while_it_waits_is_no_fault_of_the_command) {
  engine_.wait_error = "an assertion does not hold";
  EXPECT_EQ(failure("packet 1 01\nexpect 2\nregister_reset r"), "0: an assertion does not hold | ");
}

TEST_F(RunnerTest, failures_and_outputs_are_bounded) {
  std::string script;
  for (size_t i = 0; i < failures_max * 2; ++i) {
    script += "add nowhere NoAction\n";
  }
  EXPECT_EQ(run(script).failures.size(), failures_max);
  engine_.on_packet = [](uint32_t, const Bytes& packet) {
    return std::vector<Output>(outputs_max / 2 + 1, Output{.port = 1, .bytes = packet});
  };
  EXPECT_THAT(failure("packet 1\npacket 1\npacket 1\n"), HasSubstr("sends without end"));
}

TEST_F(RunnerTest, the_report_as_text) {
  EXPECT_EQ(to_text(run("packet 1 01\nexpect 2 01\nmirroring_add 1 2\nmirroring_get 1\n"), "a.stf"),
            "a.stf: line 4: session 1 goes to port 2\na.stf: passed; packets: 1 sent, 1 expected, 1 received\n");
  EXPECT_EQ(to_text(run("expect 2\nadd x NoAction\n"), "a.stf"),
            "a.stf:2:5: error: the program has no table 'x'\n  It has ingress.t, egress.u, egress.t.\n"
            "a.stf:1: error: port 2: packet 1 did not come (0 of 1 came)\n"
            "a.stf: FAILED; packets: 0 sent, 1 expected, 0 received\n");
}

}  // namespace
}  // namespace outrigger::stf
