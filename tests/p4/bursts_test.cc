// Programs in bursts against the same programs packet after packet (burst_comparison.h).
//
//   OUTRIGGER_SEED=n    the first seed
//   OUTRIGGER_ROUNDS=n  so many times as many bursts of mutated packets; so many random programs
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "burst_comparison.h"
#include "p4/front.h"
#include "p4_interpreter/interpreter.h"
#include "p4_ir/lower.h"
#include "p4_target/run_stf.h"
#include "random_program/random_program.h"

namespace outrigger {
namespace {

constexpr uint32_t bursts_after_wait = 3;
constexpr uint32_t bursts_of_random_program = 4;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// What goes slowly all the time, and why.
bool is_slow_program(const std::string& stem) {
  static const std::vector<std::string> slow = {
      "clone3",          "clone_fields", "clone_group",      "clone_ingress",  // each packet is cloned
      "recirculate",     "resubmit_old", "field_list_types",                   // or goes through the program again
      "digest",          "log",          "value_set",                          // or asks for what bursts do not have
      "pna_learn",       "pna_mirror",   "pna_externs_dpdk",                   //
      "psa_clone_group",                                                       // clones
      "version",         "custom_crc",  // a direct meter without a table; the engine has the CRCs
  };
  return stem.starts_with("filter_") || std::ranges::find(slow, stem) != slow.end();
}

// Programs whose packets take their time: those of the script are enough.
bool is_endless_program(const std::string& stem) { return stem == "loops" || stem.ends_with("endless"); }

class Bursts : public testing::Test {
 protected:
  void load(p4::Compilation& compilation) {
    program_ = p4_ir::lower(compilation);
    ASSERT_NE(program_, nullptr) << p4::to_text(compilation.diagnostics, compilation.source);
    for (auto* to : {&one_by_one_, &in_bursts_}) {
      auto made = p4_target::make_target(*program_, [](const p4_ir::Program& of, p4_ir::Host& host) {
        return std::make_unique<p4_interpreter::Interpreter>(of, host);
      });
      ASSERT_TRUE(made.has_value()) << made.error().what;
      *to = std::move(*made);
    }
    (void)in_bursts_->prepare_bursts();
    seed_ = from_environment("OUTRIGGER_SEED", 1);
    rounds_ = static_cast<uint32_t>(from_environment("OUTRIGGER_ROUNDS", 1));
  }

  std::unique_ptr<p4_ir::Program> program_;
  std::unique_ptr<p4_target::Target> one_by_one_;
  std::unique_ptr<p4_target::Target> in_bursts_;
  uint64_t seed_ = 1;
  uint32_t rounds_ = 1;
};

class ScriptInBursts : public Bursts, public testing::WithParamInterface<std::string> {};

TEST_P(ScriptInBursts, is_as_packet_by_packet) {
  const std::filesystem::path script(GetParam());
  const std::string name = script.stem().string();
  const std::string stem = name.substr(0, name.find('-'));
  load(*p4::compile_front((script.parent_path() / (stem + ".p4")).string(), {}));
  const auto commands = p4_target::read_script_file(script.string());
  ASSERT_TRUE(commands.has_value()) << commands.error().what;
  BurstComparison comparison(*one_by_one_, *in_bursts_, seed_,
                             is_endless_program(stem) ? 0 : bursts_after_wait * rounds_);
  (void)stf::run_script(*commands, comparison);  // its expectations are not met: nothing comes back
  EXPECT_EQ(comparison.difference(), "") << "replay: OUTRIGGER_SEED=" << seed_ << " OUTRIGGER_ROUNDS=" << rounds_;
  EXPECT_GT(comparison.counts().packets, 0U);
  EXPECT_TRUE(comparison.counts().fast > 0 || is_slow_program(stem))
      << comparison.counts().fast << " of " << comparison.counts().packets << " packets were fast; "
      << in_bursts_->why_no_bursts();
}

std::vector<std::string> scripts() {
  std::vector<std::string> paths;
  for (const char* folder : {OUTRIGGER_PROGRAMS_FOLDER, OUTRIGGER_STF_FOLDER}) {
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().extension() == ".stf") {
        paths.push_back(file.path().string());
      }
    }
  }
  std::ranges::sort(paths);
  return paths;
}

INSTANTIATE_TEST_SUITE_P(Bursts, ScriptInBursts, testing::ValuesIn(scripts()), [](const auto& script) {
  std::string name = std::filesystem::path(script.param).stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

using RandomBursts = Bursts;

TEST_F(RandomBursts, are_as_packet_by_packet) {
  const uint64_t first = from_environment("OUTRIGGER_SEED", 1);
  const uint64_t rounds = from_environment("OUTRIGGER_ROUNDS", 10);
  uint64_t fast = 0;
  for (uint64_t seed = first; seed < first + rounds; ++seed) {
    load(*p4::compile_front_text("random.p4", p4_random::random_program(seed, {.has_externs = seed % 2 == 0}), {}));
    BurstComparison comparison(*one_by_one_, *in_bursts_, seed, bursts_of_random_program);
    ASSERT_TRUE(comparison.send(1, std::vector<uint8_t>(100, 1)).has_value());
    ASSERT_TRUE(comparison.wait().has_value());
    ASSERT_EQ(comparison.difference(), "") << "replay: OUTRIGGER_ROUNDS=1 OUTRIGGER_SEED=" << seed;
    fast += comparison.counts().fast;
  }
  EXPECT_TRUE(fast > 0 || rounds == 1);  // the comparison must compare something
}

}  // namespace
}  // namespace outrigger
