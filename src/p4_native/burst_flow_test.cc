// What a burst does for the order of packets: where they wait for each other, and what makes them slow beforehand.
#include <gtest/gtest.h>

#include "p4_native/burst_flow.h"
#include "p4_native/v1_burst_shape.h"

namespace outrigger::p4_native {
namespace {

using p4_ir::ExternId;
using p4_ir::Statement;
using p4_ir::Statements;

class BurstFlowTest : public testing::Test {
 protected:
  BurstFlowTest() {
    condition_ = program_.add_variable("x", 1);
    value_ = program_.add_variable("v", 32);
    for (const char* name : {"r", "s"}) {
      p4_ir::Extern& made = program_.externs.emplace_back();
      made.name = name;
      made.type_name = "register";
      made.type_argument_widths = {32};
    }
    program_.procedures.push_back({.name = "nothing", .body = {}, .may_exit = false});
    for (const char* name : {"t0", "t1"}) {
      p4_ir::Table& table = program_.tables.emplace_back();
      table.name = name;
      table.actions.emplace_back();
    }
  }
  Statement* apply(uint32_t table) { return program_.statement<p4_ir::ApplyTable>(static_cast<p4_ir::TableId>(table)); }
  Statement* write(uint32_t which = 0) {
    auto* made = call("write");
    made->instance = static_cast<ExternId>(which);
    made->arguments.resize(2);
    for (p4_ir::ExternArgument& argument : made->arguments) {
      p4_ir::ExternArgument::Part& part = argument.parts.emplace_back();
      part.value = read(value_);
      part.width = 32;
    }
    return made;
  }
  Statement* clone() { return call("clone"); }
  Statement* if_else(Statements if_true, Statements if_false = {}) {
    auto* made = program_.statement<p4_ir::If>();
    made->condition = read(condition_);
    made->if_true = std::move(if_true);
    made->if_false = std::move(if_false);
    return made;
  }
  Statement* loop(Statements body) {
    auto* made = program_.statement<p4_ir::Loop>();
    made->body = std::move(body);
    made->body.push_back(if_else({program_.statement<p4_ir::Break>()}));
    return made;
  }
  BurstFlow flow(Statements control) {
    program_.procedures.push_back({.name = "control", .body = std::move(control), .may_exit = false});
    program_.procedures.push_back({.name = "deparser", .body = {}, .may_exit = false});
    program_.blocks = {{}, {}};
    program_.blocks[0].procedure = p4_ir::ProcedureId{1};
    program_.blocks[1].procedure = p4_ir::ProcedureId{2};
    for (const p4_ir::Block& block : program_.blocks) {
      shape_.steps.emplace_back().block = &block;
    }
    add_v1_externs(program_, shape_);
    return {program_, shape_};
  }

  p4_ir::Program program_;
  BurstShape shape_;
  p4_ir::VariableId condition_{};
  p4_ir::VariableId value_{};

 private:
  p4_ir::CallExtern* call(const char* name) {
    auto* made = program_.statement<p4_ir::CallExtern>();
    made->name = name;
    made->site = program_.extern_sites++;
    return made;
  }
  const p4_ir::Expression* read(p4_ir::VariableId of) {
    return program_.expression<p4_ir::Read>(of, program_.at(of).width);
  }
};

TEST_F(BurstFlowTest, a_program_without_registers_has_no_order) {
  const BurstOrder order = flow({apply(0), if_else({clone()})}).order();
  EXPECT_FALSE(order.is_ordered || order.has_one_by_one || order.turns_slow_late);
}

TEST_F(BurstFlowTest, at_one_stage_packets_are_in_order) {
  Statement* const before = write(0);
  Statement* const after = write(1);
  const BurstFlow made = flow({before, apply(1), apply(0), after});
  EXPECT_TRUE(made.order().is_ordered);
  EXPECT_FALSE(made.order().has_one_by_one || made.waits(*before) || made.waits(*after));
  EXPECT_EQ(made.order().tables, (std::vector<uint32_t>{1, 0}));
}

TEST_F(BurstFlowTest, at_two_stages_they_wait_for_their_turns) {
  Statement* const first = write();
  const BurstFlow made = flow({if_else({apply(0)}), first});
  EXPECT_TRUE(made.order().has_one_by_one && made.waits(*first));
  EXPECT_FALSE(made.is_slow(*first));
}

TEST_F(BurstFlowTest, with_a_lookup_in_between_they_wait_once) {
  Statement* const first = write();
  Statement* const second = write();
  const BurstFlow made = flow({first, apply(0), second});
  EXPECT_TRUE(made.order().has_one_by_one && made.waits(*first));
  EXPECT_FALSE(made.waits(*second));
}

TEST_F(BurstFlowTest, where_packets_come_back_to_a_table_they_wait) {
  Statement* const inside = write();
  const BurstFlow made = flow({loop({apply(0), inside})});
  EXPECT_TRUE(made.order().has_one_by_one && made.waits(*inside));
}

TEST_F(BurstFlowTest, behind_a_circle_they_wait) {
  Statement* const after = write();
  const BurstFlow made = flow({loop({apply(0)}), after});
  EXPECT_TRUE(made.order().has_circle && made.waits(*after));
}

TEST_F(BurstFlowTest, what_may_turn_slow_afterwards_is_slow_before) {
  Statement* const first = write();
  const BurstFlow made = flow({first, if_else({clone()})});
  EXPECT_TRUE(made.is_slow(*first));
  EXPECT_FALSE(made.order().is_ordered);
}

TEST_F(BurstFlowTest, what_turns_slow_elsewhere_is_no_matter) {
  Statement* const first = write();
  const BurstFlow made = flow({if_else({clone()}, {first})});
  EXPECT_FALSE(made.is_slow(*first));
  EXPECT_TRUE(made.order().is_ordered);
  EXPECT_FALSE(made.order().turns_slow_late);
}

TEST_F(BurstFlowTest, behind_one_that_turns_slow_late_packets_do_not_overtake) {
  Statement* const last = write();
  const BurstFlow made = flow({apply(0), if_else({clone()}), last});
  EXPECT_TRUE(made.order().turns_slow_late && made.waits(*last));
  EXPECT_FALSE(made.is_slow(*last));
}

TEST_F(BurstFlowTest, a_slow_packet_that_comes_again_may_touch_what_it_has_not_come_to) {
  Statement* const elsewhere = write();
  EXPECT_FALSE(flow({apply(0), if_else({clone()}, {elsewhere})}).order().turns_slow_late);
  shape_.slow_comes_again = true;
  const BurstFlow made(program_, shape_);
  EXPECT_TRUE(made.order().turns_slow_late && made.waits(*elsewhere));
}

TEST_F(BurstFlowTest, where_packets_may_come_again_those_that_touch_registers_go_one_by_one) {
  Statement* const first = write();
  auto* const to = program_.statement<p4_ir::Assign>(value_, program_.expression<p4_ir::Constant>(p4_ir::Bits(32, 7)));
  BurstFlow before = flow({first, to});
  EXPECT_FALSE(before.order().has_one_by_one);
  shape_.steps[0].port_from = value_;
  shape_.again_port = 8;  // which nothing sets
  EXPECT_FALSE(BurstFlow(program_, shape_).order().has_one_by_one);
  shape_.again_port = 7;
  const BurstFlow made(program_, shape_);
  EXPECT_TRUE(made.order().has_one_by_one && made.waits(*first));
  EXPECT_FALSE(made.is_slow(*first));
}

TEST_F(BurstFlowTest, one_slow_register_makes_those_before_it_slow) {
  Statement* const first = write(0);
  Statement* const second = write(1);
  const BurstFlow made = flow({first, second, clone()});
  EXPECT_TRUE(made.is_slow(*first) && made.is_slow(*second));
}

TEST_F(BurstFlowTest, a_group_that_is_set_makes_what_comes_before_slow) {
  Statement* const first = write();
  shape_.steps.clear();
  const BurstFlow made = flow(
      {first, program_.statement<p4_ir::Assign>(value_, program_.expression<p4_ir::Constant>(p4_ir::Bits(32, 0)))});
  EXPECT_FALSE(made.is_slow(*first));
  shape_.steps[0].slow_when_set = {value_};
  EXPECT_FALSE(BurstFlow(program_, shape_).is_slow(*first));  // it is set to 0
  program_.procedures[1].body.push_back(
      program_.statement<p4_ir::Assign>(value_, program_.expression<p4_ir::Constant>(p4_ir::Bits(32, 7))));
  EXPECT_TRUE(BurstFlow(program_, shape_).is_slow(*first));
}

}  // namespace
}  // namespace outrigger::p4_native
