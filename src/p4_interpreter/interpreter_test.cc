// The interpreter on whole programs of a small architecture, against a host that the test is.
#include "p4_interpreter/interpreter.h"

#include <gtest/gtest.h>

#include <functional>

#include "p4/front.h"
#include "p4_ir/lower.h"

namespace outrigger::p4_interpreter {
namespace {

using p4_ir::Bits;
using p4_ir::Outcome;

constexpr std::string_view architecture = R"(
#include <core.p4>
parser Prs<H>(packet_in packet, out H hdr);
control Ctl<H>(inout H hdr);
control Dep<H>(packet_out packet, in H hdr);
package Device<H>(Prs<H> p, Ctl<H> c, Dep<H> d);
extern bit<8> ask(in bit<8> value);
)";

class TestHost : public p4_ir::Host {
 public:
  p4_ir::Found look_up(p4_ir::TableId, std::span<const Bits> given) override {
    keys.assign(given.begin(), given.end());
    return found;
  }
  void call(const p4_ir::CallExtern& call, p4_ir::ExternValues& values) override {
    name = call.name;
    values.result.parts[0] = Bits::add(values.arguments[0].parts[0], Bits(8, 1));
  }
  [[nodiscard]] bool is_in_set(p4_ir::ValueSetId, std::span<const Bits>) override { return false; }

  p4_ir::Found found;
  std::vector<Bits> keys;
  std::string name;
};

// A program with its engine: parse, control, deparse.
class Device {
 public:
  explicit Device(const std::string& text)
      : compilation_(p4::compile_front_text("test.p4", std::string(architecture) + text, {})),
        program_(p4_ir::lower(*compilation_)) {
    if (program_ != nullptr) {
      engine_ = std::make_unique<Interpreter>(*program_, host);
    } else {
      ADD_FAILURE() << p4::to_text(compilation_->diagnostics, compilation_->source);
    }
  }
  Outcome parse(std::vector<uint8_t> packet) {
    engine_->begin(packet);
    return engine_->run(*program_->find_block("p"));
  }
  Outcome control() {  // its parameters are its own: what the parser made is handed on
    const auto& from = program_->find_block("p")->parameters[1].variables;
    hand_on(from, program_->find_block("c")->parameters[0].variables);
    return engine_->run(*program_->find_block("c"));
  }
  std::vector<uint8_t> deparse() {
    hand_on(program_->find_block("c")->parameters[0].variables, program_->find_block("d")->parameters[1].variables);
    EXPECT_EQ(engine_->run(*program_->find_block("d")), Outcome::Done);
    return engine_->take_output();
  }
  std::string error() const { return program_->errors[engine_->get(program_->parser_error).low()]; }
  uint64_t get(const std::string& name) const { return engine_->get(*program_->find_variable(name)).low(); }

  TestHost host;

 private:
  void hand_on(const std::vector<p4_ir::VariableId>& from, const std::vector<p4_ir::VariableId>& to) {
    for (size_t i = 0; i < from.size(); ++i) {
      engine_->set(to[i], engine_->get(from[i]));
    }
  }
  std::unique_ptr<p4::Compilation> compilation_;
  std::unique_ptr<p4_ir::Program> program_;
  std::unique_ptr<Interpreter> engine_;
};

const std::string bytes = R"(
header h_t { bit<4> high; bit<12> low; bit<8> count; varbit<32> rest; }
struct headers_t { h_t h; }
parser P(packet_in packet, out headers_t hdr) {
  state start {
    bit<24> ahead = packet.lookahead<bit<24>>();
    packet.extract(hdr.h, (bit<32>)ahead[7:0] * 8);
    transition select(hdr.h.high) { 0 .. 3 : accept; 4 &&& 0xC : other; }
  }
  state other { verify(hdr.h.low != 0, error.HeaderTooShort); transition accept; }
}
control C(inout headers_t hdr) { apply { hdr.h.low = hdr.h.low |+| 1; hdr.h.high = -hdr.h.high; } }
control D(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr.h); } }
Device(P(), C(), D()) main;
)";

TEST(Interpreter, parses_changes_and_deparses) {
  Device device(bytes);
  ASSERT_EQ(device.parse({0x1f, 0xff, 0x02, 0xaa, 0xbb, 0xcc}), Outcome::Done);
  ASSERT_EQ(device.control(), Outcome::Done);
  EXPECT_EQ(device.deparse(), (std::vector<uint8_t>{0xff, 0xff, 0x02, 0xaa, 0xbb, 0xcc}));
}

TEST(Interpreter, a_packet_that_ends_early_is_rejected) {
  Device device(bytes);
  EXPECT_EQ(device.parse({0x1f, 0xff}), Outcome::Rejected);
  EXPECT_EQ(device.error(), "PacketTooShort");
  EXPECT_EQ(device.parse({0x1f, 0xff, 0x03, 0xaa}), Outcome::Rejected);
  EXPECT_EQ(device.error(), "PacketTooShort");
  EXPECT_EQ(device.get("p.hdr.h.$valid"), 0U) << "what was not extracted is not valid";
}

TEST(Interpreter, a_varbit_that_is_too_long_is_rejected) {
  Device device(bytes);
  EXPECT_EQ(device.parse({0x1f, 0xff, 0x05, 1, 2, 3, 4, 5}), Outcome::Rejected);
  EXPECT_EQ(device.error(), "HeaderTooShort");
}

TEST(Interpreter, no_match_and_verify) {
  Device device(bytes);
  EXPECT_EQ(device.parse({0x80, 0x01, 0x00}), Outcome::Rejected);
  EXPECT_EQ(device.error(), "NoMatch");
  EXPECT_EQ(device.parse({0x40, 0x00, 0x00}), Outcome::Rejected);
  EXPECT_EQ(device.error(), "HeaderTooShort");
  EXPECT_EQ(device.parse({0x50, 0x01, 0x00}), Outcome::Done);
  EXPECT_EQ(device.error(), "NoError");
}

const std::string tables = R"(
header h_t { bit<8> a; bit<8> b; }
struct headers_t { h_t h; }
parser P(packet_in packet, out headers_t hdr) { state start { packet.extract(hdr.h); transition accept; } }
control C(inout headers_t hdr) {
  action set(bit<8> v) { hdr.h.b = v; }
  action stop() { hdr.h.b = 0xEE; exit; }
  table t { key = { hdr.h.a : exact; } actions = { set; stop; NoAction; } }
  apply {
    switch (t.apply().action_run) {
      set: { hdr.h.a = hdr.h.b + ask(1); }
      default: { hdr.h.a = 0xDD; }
    }
    hdr.h.b = hdr.h.b + 1;
  }
}
control D(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }
Device(P(), C(), D()) main;
)";

TEST(Interpreter, a_table_is_asked_and_its_action_runs) {
  Device device(tables);
  const std::vector<Bits> arguments{Bits(8, 0x40)};
  device.host.found = {.is_hit = true, .action = 0, .arguments = &arguments};
  ASSERT_EQ(device.parse({0x11, 0x22, 0x33}), Outcome::Done);
  ASSERT_EQ(device.control(), Outcome::Done);
  EXPECT_EQ(device.host.keys, std::vector<Bits>{Bits(8, 0x11)});
  EXPECT_EQ(device.host.name, "ask");
  EXPECT_EQ(device.deparse(), (std::vector<uint8_t>{0x42, 0x41, 0x33}));
}

TEST(Interpreter, an_action_that_exits_ends_the_block) {
  Device device(tables);
  device.host.found = {.is_hit = true, .action = 1, .arguments = nullptr};
  ASSERT_EQ(device.parse({0x11, 0x22}), Outcome::Done);
  ASSERT_EQ(device.control(), Outcome::Done);
  EXPECT_EQ(device.deparse(), (std::vector<uint8_t>{0x11, 0xEE}));
}

TEST(Interpreter, a_loop_without_end_is_ended) {
  Device device(R"(
struct headers_t { bit<8> x; }
parser P(packet_in packet, out headers_t hdr) { state start { transition again; } state again { transition start; } }
control C(inout headers_t hdr) { apply { for (; true; ) { hdr.x = hdr.x + 1; } } }
control D(packet_out packet, in headers_t hdr) { apply { } }
Device(P(), C(), D()) main;
)");
  EXPECT_EQ(device.parse({1}), Outcome::Exhausted);
  EXPECT_EQ(device.control(), Outcome::Exhausted);
}

}  // namespace
}  // namespace outrigger::p4_interpreter
