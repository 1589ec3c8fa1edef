// Random programs are accepted, print and read back as themselves, lower, and take random packets.
//
//   OUTRIGGER_SEED=n    the first seed
//   OUTRIGGER_ROUNDS=n  so many seeds in a row
//   OUTRIGGER_TEXT=1    prints the programs, too
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "random_program/random_program.h"
#include "random_program/random_run.h"

namespace outrigger::p4_random {
namespace {

constexpr uint32_t packets = 20;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(RandomProgram, is_taken_by_the_whole_compiler) {
  const uint64_t first = from_environment("OUTRIGGER_SEED", 1);
  const uint64_t rounds = from_environment("OUTRIGGER_ROUNDS", 60);
  for (uint64_t seed = first; seed < first + rounds; ++seed) {
    const std::string text = random_program(seed);
    if (std::getenv("OUTRIGGER_TEXT") != nullptr) {
      std::fputs(text.c_str(), stdout);
    }
    SCOPED_TRACE("replay: OUTRIGGER_SEED=" + std::to_string(seed) +
                 " OUTRIGGER_ROUNDS=1 OUTRIGGER_TEXT=1 p4_random_program_test");
    const auto compilation = p4::compile_front_text("random.p4", text, {});
    ASSERT_TRUE(compilation->is_good()) << p4::to_text(compilation->diagnostics, compilation->source);
    bool is_refused = false;
    ASSERT_EQ(lower_and_run(*compilation, packets, seed, &is_refused), "");
    ASSERT_FALSE(is_refused) << p4::to_text(compilation->diagnostics, compilation->source);
  }
}

TEST(RandomProgram, is_the_same_for_a_seed) {
  EXPECT_EQ(random_program(7), random_program(7));
  EXPECT_NE(random_program(7), random_program(8));
}

}  // namespace
}  // namespace outrigger::p4_random
