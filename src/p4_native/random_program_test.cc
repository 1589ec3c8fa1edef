// Native code against the interpreter: random programs, random packets. Everything that a host can see must be equal:
// outcomes, all variables that an architecture observes, the parser's cursor, the output, and what was asked of the
// host in which order. And passes of p4_ir, each alone and all together, by the interpreter alone.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "p4_interpreter/interpreter.h"
#include "p4_ir/passes/observed.h"
#include "p4_ir/passes/passes.h"
#include "p4_ir/printer.h"
#include "p4_ir/verifier.h"
#include "p4_native/native_engine.h"
#include "p4_native/random_program.h"

namespace outrigger::p4_native {
namespace {

constexpr uint64_t programs = 25;
constexpr uint32_t packets_per_program = 40;
constexpr uint32_t packets_per_pass = 10;

uint64_t number_from(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// The first difference, or nothing.
std::string difference(const p4_ir::Program& program, const p4_ir::Engine& expected, const p4_ir::Engine& native) {
  const std::vector<bool> observed = p4_ir::observed_variables(program);
  for (uint32_t i = 0; i < program.variables.size(); ++i) {
    const auto variable = static_cast<p4_ir::VariableId>(i);
    if (!observed[i]) {
      continue;
    }
    const p4_ir::Bits a = expected.get(variable);
    const p4_ir::Bits b = native.get(variable);
    if (!(a == b)) {
      return fmt::format("{} ({} bits): {} ({}) is expected, but {} ({}) is there", program.variables[i].name,
                         program.variables[i].width, a.to_hex(), a.width(), b.to_hex(), b.width());
    }
  }
  if (expected.parsed_bits() != native.parsed_bits()) {
    return fmt::format("parsed: {} is expected, but {} is there", expected.parsed_bits(), native.parsed_bits());
  }
  return {};
}

std::string run_packet(const p4_ir::Program& program, p4_ir::Engine& expected, p4_ir::Engine& native, Random& random) {
  const std::vector<uint8_t> packet = random.bytes(random.below(random.one_in(4) ? 20 : 400));
  expected.begin(packet);
  native.begin(packet);
  for (const p4_ir::Block& block : program.blocks) {
    const p4_ir::Outcome a = expected.run(block);
    const p4_ir::Outcome b = native.run(block);
    if (a != b) {
      return fmt::format("{}: outcomes {} and {}", block.role, static_cast<int>(a), static_cast<int>(b));
    }
    if (std::string what = difference(program, expected, native); !what.empty()) {
      return block.role + ": " + what;
    }
  }
  return expected.take_output() == native.take_output() ? "" : "outputs differ";
}

// Both engines run the program with packets of the seed; the hosts are theirs.
std::string compare(const p4_ir::Program& program, p4_ir::Engine& expected, const HashingHost& expected_host,
                    p4_ir::Engine& native, const HashingHost& native_host, uint64_t seed, uint32_t packets) {
  Random random(seed ^ 0x5EED);
  for (uint32_t i = 0; i < packets; ++i) {
    std::string what = run_packet(program, expected, native, random);
    if (what.empty() && expected_host.trace() != native_host.trace()) {
      what = "the host was asked something else";
    }
    if (!what.empty()) {
      return fmt::format("packet {}: {}", i, what);
    }
  }
  return {};
}

std::string run_program(uint64_t seed, const NativeOptions& options) {
  const std::unique_ptr<p4_ir::Program> program = random_program(seed);
  const auto compiled = NativeProgram::compile(*program, options);
  if (!compiled.has_value()) {
    return compiled.error().what;
  }
  HashingHost expected_host(*program);
  HashingHost native_host(*program);
  p4_interpreter::Interpreter expected(*program, expected_host);
  NativeEngine native(**compiled, native_host);
  return compare(*program, expected, expected_host, native, native_host, seed, packets_per_program);
}

// The program against itself after passes.
std::string run_passed(uint64_t seed, const p4_ir::Program& program, const p4_ir::Program& passed) {
  if (const std::vector<std::string> findings = p4_ir::verify(passed); !findings.empty()) {
    return findings.front();
  }
  HashingHost expected_host(program);
  HashingHost passed_host(program);
  p4_interpreter::Interpreter expected(program, expected_host);
  p4_interpreter::Interpreter engine(passed, passed_host);
  return compare(program, expected, expected_host, engine, passed_host, seed, packets_per_pass);
}

// OUTRIGGER_SEED: the only program to run; OUTRIGGER_ROUNDS: how many.
void run_all(const NativeOptions& options, const char* test) {
  const uint64_t only = number_from("OUTRIGGER_SEED", UINT64_MAX);
  const uint64_t count = only == UINT64_MAX ? number_from("OUTRIGGER_ROUNDS", programs) : 1;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t seed = only == UINT64_MAX ? i + 1 : only;
    const std::string what = run_program(seed, options);
    EXPECT_EQ(what, "") << "replay: OUTRIGGER_SEED=" << seed << " p4_native_random_test --gtest_filter=RandomProgram."
                        << test;
  }
}

TEST(RandomProgram, optimised_code_equals_the_interpreter) { run_all({}, "optimised_code_equals_the_interpreter"); }

TEST(RandomProgram, code_as_written_equals_the_interpreter) {
  run_all({.runs_passes = false, .is_optimised = false}, "code_as_written_equals_the_interpreter");
}

// Each pass alone first: it is named when it is wrong.
TEST(RandomProgram, passes_change_nothing_that_can_be_seen) {
  const uint64_t only = number_from("OUTRIGGER_SEED", UINT64_MAX);
  const uint64_t count = only == UINT64_MAX ? number_from("OUTRIGGER_ROUNDS", programs) : 1;
  std::map<std::string_view, uint32_t> changes;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t seed = only == UINT64_MAX ? i + 1 : only;
    const std::unique_ptr<p4_ir::Program> program = random_program(seed);
    ASSERT_EQ(p4_ir::verify(*program), std::vector<std::string>{}) << "OUTRIGGER_SEED=" << seed;
    const std::string before = p4_ir::to_text(*program);
    for (const p4_ir::Pass& pass : p4_ir::pass_list()) {
      const std::unique_ptr<p4_ir::Program> passed = program->clone();
      changes[pass.name] += pass.run(*passed) ? 1 : 0;
      EXPECT_EQ(run_passed(seed, *program, *passed), "") << pass.name << ", OUTRIGGER_SEED=" << seed;
    }
    EXPECT_EQ(run_passed(seed, *program, *p4_ir::optimised(*program)), "") << "all, OUTRIGGER_SEED=" << seed;
    EXPECT_EQ(p4_ir::to_text(*program), before) << "the original stays as it was";
  }
  for (const p4_ir::Pass& pass : p4_ir::pass_list()) {
    EXPECT_TRUE(only != UINT64_MAX || changes[pass.name] > 0) << pass.name << " found nothing to do in any program";
  }
}

}  // namespace
}  // namespace outrigger::p4_native
