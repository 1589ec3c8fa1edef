// test_switch.h: for tests: a v1model program from what is in its ingress, with a target around it.
#pragma once

#include <gtest/gtest.h>

#include "p4/front.h"
#include "p4_interpreter/interpreter.h"
#include "p4_ir/lower.h"
#include "p4_target/target.h"

namespace outrigger::p4_target {

// A header h of kind, a (bit<8>) and b (int<8>), metadata, and the ingress's declarations and apply block.
inline std::string ingress_program(const std::string& ingress, const std::string& top = "") {
  return R"(#include <core.p4>
#include <v1model.p4>
header h_t { bit<8> kind; bit<8> a; int<8> b; }
struct headers_t { h_t h; }
struct metadata_t { bit<8> m; }
)" + top +
         R"(
parser P(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
  state start { packet.extract(hdr.h); transition accept; }
}
control V(inout headers_t hdr, inout metadata_t meta) { apply { } }
control I(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
)" + ingress +
         R"(
}
control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) { apply { } }
control C(inout headers_t hdr, inout metadata_t meta) { apply { } }
control D(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
)";
}

class TestSwitch : public testing::Test {
 protected:
  // The error of making the target; none: it is in `target`.
  std::optional<Error> load(const std::string& text) {
    compilation_ = p4::compile_front_text("test.p4", text, {});
    program_ = compilation_->is_good() ? p4_ir::lower(*compilation_) : nullptr;
    if (program_ == nullptr) {
      return Error{Code::Internal, p4::to_text(compilation_->diagnostics, compilation_->source)};
    }
    auto made = make_target(*program_, [](const p4_ir::Program& program, p4_ir::Host& host) {
      return std::make_unique<p4_interpreter::Interpreter>(program, host);
    });
    if (!made.has_value()) {
      return made.error();
    }
    target = std::move(*made);
    return std::nullopt;
  }
  std::vector<Output> send(const std::vector<uint8_t>& packet) {
    target->receive(1, packet, now_ns += 1000);
    return target->take_outputs();
  }
  // The only port by which something left; 511 when nothing did.
  uint32_t port_of(const std::vector<uint8_t>& packet) {
    const std::vector<Output> outputs = send(packet);
    EXPECT_LE(outputs.size(), 1U);
    return outputs.empty() ? 511 : outputs.front().port;
  }
  static p4_ir::Bits bits(uint32_t width, uint64_t value) { return p4_ir::Bits(width, value); }

  std::unique_ptr<Target> target;
  uint64_t now_ns = 0;

 private:
  std::unique_ptr<p4::Compilation> compilation_;
  std::unique_ptr<p4_ir::Program> program_;
};

}  // namespace outrigger::p4_target
