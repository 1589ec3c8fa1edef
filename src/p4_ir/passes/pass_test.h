// Programs for tests of passes: a control's text, lowered, with chosen passes run over it, as text again.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "p4_ir/lower.h"
#include "p4_ir/passes/passes.h"
#include "p4_ir/printer.h"
#include "p4_ir/verifier.h"

namespace outrigger::p4_ir {

// An architecture of two blocks, so that a test says only what it is about.
inline constexpr std::string_view pass_test_architecture = R"(
#include <core.p4>
parser Prs<H>(packet_in packet, out H hdr);
control Ctl<H>(inout H hdr);
package Device<H>(Prs<H> p, Ctl<H> c);
extern void note<T>(in T value);
extern void change<T>(inout T value);
header h_t { bit<8> a; bit<16> b; }
struct headers_t { h_t h; h_t g; bit<8> x; bit<8> y; }
)";

using PassNames = std::initializer_list<std::string_view>;

inline std::unique_ptr<Program> passed(const std::string& states, const std::string& locals, const std::string& apply,
                                       PassNames passes) {
  const std::string text = std::string(pass_test_architecture) + "parser P(packet_in packet, out headers_t hdr) { " +
                           states + " }\ncontrol C(inout headers_t hdr) { " + locals + " apply { " + apply +
                           " } }\nDevice(P(), C()) main;\n";
  const auto compilation = p4::compile_front_text("test.p4", text, {});
  auto program = lower(*compilation);
  if (program == nullptr) {
    ADD_FAILURE() << p4::to_text(compilation->diagnostics, compilation->source);
    return nullptr;
  }
  for (const std::string_view name : passes) {
    const Pass* const pass = find_pass(name);
    EXPECT_NE(pass, nullptr) << name;
    if (pass != nullptr) {
      pass->run(*program);
    }
    EXPECT_EQ(verify(*program), std::vector<std::string>{}) << name;
  }
  return program;
}

// Of a declaration in a program's text, what is between its braces.
inline std::string body_of(const Program& program, const std::string& declaration) {
  const std::string text = to_text(program);
  const size_t begin = text.find("\n" + declaration);
  if (begin == std::string::npos) {
    ADD_FAILURE() << "no " << declaration << " in\n" << text;
    return {};
  }
  const size_t first = text.find('\n', begin + 1) + 1;
  const size_t end = text.find("\n}", first - 1);
  return end < first ? "" : text.substr(first, end - first) + "\n";
}

// The body of the control's procedure.
inline std::string control_after(PassNames passes, const std::string& apply, const std::string& locals = "") {
  const auto program = passed("state start { transition accept; }", locals, apply, passes);
  return program == nullptr ? "" : body_of(*program, "procedure C ");
}

inline std::string parser_after(PassNames passes, const std::string& states) {
  const auto program = passed(states, "", "", passes);
  return program == nullptr ? "" : body_of(*program, "parser P ");
}

}  // namespace outrigger::p4_ir
