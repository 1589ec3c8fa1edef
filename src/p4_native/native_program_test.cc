// Native code: limits, and what random programs reach too seldom.
#include "p4_native/native_program.h"

#include <gtest/gtest.h>

#include "p4_interpreter/interpreter.h"
#include "p4_native/native_engine.h"
#include "p4_native/random_program.h"

namespace outrigger::p4_native {
namespace {

using p4_ir::Bits;
using p4_ir::Outcome;
using p4_ir::VariableId;

// A program to which tests add; what all have.
class NativeProgramTest : public testing::Test {
 protected:
  NativeProgramTest() {
    program_.errors = {"NoError", "PacketTooShort", "NoMatch", "StackOutOfBounds", "HeaderTooShort"};
    program_.exited = program_.add_variable("$exited", 1);
    program_.parser_error = program_.add_variable("$parser_error", p4_ir::Program::error_width);
  }
  const p4_ir::Expression* read(VariableId of) { return program_.expression<p4_ir::Read>(of, program_.at(of).width); }
  const p4_ir::Expression* constant(uint32_t width, uint64_t value) {
    return program_.expression<p4_ir::Constant>(Bits(width, value));
  }
  void set_control(p4_ir::Statements body) {
    program_.procedures.push_back({.name = "control", .body = std::move(body), .may_exit = false});
    p4_ir::Block block;
    block.role = "control";
    block.procedure = static_cast<p4_ir::ProcedureId>(program_.procedures.size() - 1);
    program_.blocks.push_back(std::move(block));
  }
  void set_parser(p4_ir::Parser parser) {
    program_.parsers.push_back(std::move(parser));
    p4_ir::Block block;
    block.role = "parser";
    block.parser = static_cast<p4_ir::ParserId>(program_.parsers.size() - 1);
    program_.blocks.push_back(std::move(block));
  }
  p4_ir::HeaderId add_header(std::vector<uint32_t> widths) {
    p4_ir::Header header;
    header.name = "h";
    header.valid = program_.add_variable("h.$valid$", 1);
    for (const uint32_t width : widths) {
      header.fields.push_back(program_.add_variable("h.f" + std::to_string(header.fields.size()), width));
      header.width_fixed += width;
    }
    program_.headers.push_back(std::move(header));
    return static_cast<p4_ir::HeaderId>(program_.headers.size() - 1);
  }
  void start() {
    auto compiled = NativeProgram::compile(program_, {.keeps_text = true});
    ASSERT_TRUE(compiled.has_value()) << compiled.error().what;
    native_program_ = std::move(*compiled);
    native_ = std::make_unique<NativeEngine>(*native_program_, host_);
    interpreter_ = std::make_unique<p4_interpreter::Interpreter>(program_, host_);
  }
  // Both engines' outcome of all blocks, which must be the same.
  Outcome run(std::span<const uint8_t> packet) {
    Outcome last = Outcome::Done;
    native_->begin(packet);
    interpreter_->begin(packet);
    for (const p4_ir::Block& block : program_.blocks) {
      last = native_->run(block);
      EXPECT_EQ(last, interpreter_->run(block));
    }
    return last;
  }

  p4_ir::Program program_;
  HashingHost host_{program_};
  std::unique_ptr<NativeProgram> native_program_;
  std::unique_ptr<NativeEngine> native_;
  std::unique_ptr<p4_interpreter::Interpreter> interpreter_;
};

TEST_F(NativeProgramTest, a_loop_without_an_end_exhausts) {
  const VariableId turns = program_.add_variable("turns", 32);
  auto* loop = program_.statement<p4_ir::Loop>();
  loop->update = {program_.statement<p4_ir::Assign>(
      turns, program_.expression<p4_ir::Binary>(p4_ir::BinaryOp::Add, read(turns), constant(32, 1)))};
  set_control({loop});
  start();
  EXPECT_EQ(run({}), Outcome::Exhausted);
  EXPECT_EQ(native_->get(turns), Bits(32, p4_ir::Program::loop_turns_max));
  EXPECT_EQ(run({}), Outcome::Exhausted);  // each packet has its own turns
}

TEST_F(NativeProgramTest, a_parser_without_an_end_exhausts) {
  p4_ir::Parser parser;
  parser.states.resize(1);
  parser.states[0].target = 0;
  set_parser(std::move(parser));
  start();
  EXPECT_EQ(run({}), Outcome::Exhausted);
}

TEST_F(NativeProgramTest, output_grows) {
  const p4_ir::HeaderId header = add_header({8, 128, 24});
  auto* loop = program_.statement<p4_ir::Loop>();
  const VariableId turns = program_.add_variable("turns", 16);
  auto* leave = program_.statement<p4_ir::If>();
  leave->condition = program_.expression<p4_ir::Binary>(p4_ir::BinaryOp::Equal, read(turns), constant(16, 1000));
  leave->if_true = {program_.statement<p4_ir::Break>()};
  loop->body = {leave, program_.statement<p4_ir::Emit>(header)};
  loop->update = {program_.statement<p4_ir::Assign>(
      turns, program_.expression<p4_ir::Binary>(p4_ir::BinaryOp::Add, read(turns), constant(16, 1)))};
  p4_ir::Parser parser;
  parser.states.resize(1);
  parser.states[0].statements = {program_.statement<p4_ir::Extract>(header)};
  parser.states[0].target = p4_ir::ParserState::Accept;
  set_parser(std::move(parser));
  set_control({loop});
  start();
  const std::vector<uint8_t> packet = Random(1).bytes(100);
  EXPECT_EQ(run(packet), Outcome::Done);
  const std::vector<uint8_t> output = native_->take_output();
  EXPECT_EQ(output.size(), 1000U * 20 + 80);
  EXPECT_EQ(output, interpreter_->take_output());
}

TEST_F(NativeProgramTest, packets_that_do_not_end_on_a_byte) {
  const p4_ir::HeaderId header = add_header({3, 130});
  p4_ir::Parser parser;
  parser.states.resize(1);
  parser.states[0].statements = {program_.statement<p4_ir::Extract>(header),
                                 program_.statement<p4_ir::Extract>(header)};
  parser.states[0].target = p4_ir::ParserState::Accept;
  set_parser(std::move(parser));
  set_control({program_.statement<p4_ir::Emit>(header), program_.statement<p4_ir::Emit>(header)});
  start();
  const std::vector<uint8_t> packet = Random(2).bytes(64);
  EXPECT_EQ(run(packet), Outcome::Done);
  EXPECT_EQ(native_->parsed_bits(), 266U);
  EXPECT_EQ(native_->take_output(), interpreter_->take_output());
  EXPECT_EQ(native_->take_output(), interpreter_->take_output());  // what was not parsed, once more
}

TEST_F(NativeProgramTest, another_packet_for_the_same_variables) {
  const p4_ir::HeaderId header = add_header({8});
  p4_ir::Parser parser;
  parser.states.resize(1);
  parser.states[0].statements = {program_.statement<p4_ir::Extract>(header)};
  parser.states[0].target = p4_ir::ParserState::Accept;
  set_parser(std::move(parser));
  const VariableId kept = program_.add_variable("kept", 300);
  start();
  const Bits value = Random(3).bits(300);
  const std::vector<uint8_t> first = {1, 2};
  const std::vector<uint8_t> second = {7};
  native_->begin(first);
  native_->set(kept, value);
  EXPECT_EQ(native_->run(program_.blocks[0]), Outcome::Done);
  native_->set_packet(second);
  EXPECT_EQ(native_->run(program_.blocks[0]), Outcome::Done);
  EXPECT_EQ(native_->get(program_.at(header).fields[0]), Bits(8, 7));
  EXPECT_EQ(native_->get(kept), value);
  EXPECT_EQ(native_->run(program_.blocks[0]), Outcome::Rejected);
  EXPECT_EQ(native_->get(program_.parser_error), Bits(32, 1));
}

TEST_F(NativeProgramTest, a_wide_value_is_refused) {
  program_.add_variable("wide", 5000);
  const auto compiled = NativeProgram::compile(program_, {});
  ASSERT_FALSE(compiled.has_value());
  EXPECT_EQ(compiled.error().code, Code::Unimplemented);
  EXPECT_EQ(compiled.error().what, "native code has values of at most 4096 bits; 'wide' has 5000");
}

TEST_F(NativeProgramTest, deep_expressions_are_refused) {
  const VariableId x = program_.add_variable("x", 8);
  const p4_ir::Expression* all = read(x);
  for (uint32_t i = 0; i < 3000; ++i) {
    all = program_.expression<p4_ir::Binary>(p4_ir::BinaryOp::Add, all, read(x));
  }
  set_control({program_.statement<p4_ir::Assign>(x, all)});
  const auto compiled = NativeProgram::compile(program_, {});
  ASSERT_FALSE(compiled.has_value());
  EXPECT_EQ(compiled.error().code, Code::ResourceExhausted);
}

// 2^60 nodes as a tree.
TEST_F(NativeProgramTest, shared_expressions_are_calculated_once) {
  const VariableId x = program_.add_variable("x", 64);
  const p4_ir::Expression* all = read(x);
  for (uint32_t i = 0; i < 60; ++i) {
    all = program_.expression<p4_ir::Binary>(p4_ir::BinaryOp::Add, all, all);
  }
  set_control({program_.statement<p4_ir::Assign>(x, all)});
  start();
  native_->begin({});
  native_->set(x, Bits(64, 7));
  EXPECT_EQ(native_->run(program_.blocks[0]), Outcome::Done);
  EXPECT_EQ(native_->get(x), Bits(64, uint64_t{7} << 60));
}

TEST_F(NativeProgramTest, text_is_kept) {
  set_control({});
  start();
  EXPECT_NE(native_program_->llvm_text().find("define i32 @procedure_0(ptr %0)"), std::string::npos);
  EXPECT_NE(native_program_->optimised_text().find("@procedure_0"), std::string::npos);
}

}  // namespace
}  // namespace outrigger::p4_native
