// A checked program taken through all that comes after.
#include "random_program/random_run.h"

#include <random>
#include <vector>

#include "p4/parser.h"
#include "p4/printer.h"
#include "p4_interpreter/interpreter.h"
#include "p4_ir/lower.h"
#include "p4_ir/printer.h"
#include "p4_ir/verifier.h"
#include "random_program/random_host.h"

namespace outrigger::p4_random {
namespace {

constexpr uint32_t packet_bytes_max = 160;

std::string reprint_fault(const p4::Compilation& compilation) {
  const std::string print = p4::to_text(compilation.program);
  const p4::SourceText source = p4::SourceText::from_text("printed.p4", print);
  p4::Diagnostics diagnostics;
  p4::Program again;
  p4::parse(source, again, diagnostics);
  if (diagnostics.has_errors()) {
    return "what is printed does not parse:\n" + p4::to_text(diagnostics, source);
  }
  return p4::to_text(again) == print ? std::string() : "what is printed prints otherwise";
}

void run_packet(const p4_ir::Program& program, p4_interpreter::Interpreter& engine, std::mt19937_64& random) {
  std::vector<uint8_t> packet(random() % packet_bytes_max);
  for (uint8_t& byte : packet) {
    byte = static_cast<uint8_t>(random());
  }
  engine.begin(packet);
  for (const p4_ir::Block& block : program.blocks) {
    if (engine.run(block) == p4_ir::Outcome::Exhausted) {
      break;
    }
  }
  engine.take_output();
}

}  // namespace

std::string lower_and_run(p4::Compilation& compilation, uint32_t packets, uint64_t seed, bool* is_refused) {
  if (std::string fault = reprint_fault(compilation); !fault.empty()) {
    return fault;
  }
  const auto program = p4_ir::lower(compilation);
  if (is_refused != nullptr) {
    *is_refused = program == nullptr;
  }
  if (program == nullptr) {
    return compilation.diagnostics.has_errors() ? "" : "it is not lowered, and no diagnostic says why";
  }
  if (const auto findings = p4_ir::verify(*program); !findings.empty()) {
    return "the lowered program breaks a rule: " + findings.front();
  }
  RandomHost host(*program, seed);
  p4_interpreter::Interpreter engine(*program, host);
  std::mt19937_64 random(seed);
  for (uint32_t i = 0; i < packets; ++i) {
    run_packet(*program, engine, random);
  }
  return {};
}

}  // namespace outrigger::p4_random
