// The fuzzers' mutations without the fuzzer: the corpus's programs, and random ones, with tokens moved about, are
// refused with a diagnostic or taken by all that comes after the checker.
//
//   OUTRIGGER_SEED=n    the first seed
//   OUTRIGGER_ROUNDS=n  so many seeds in a row
//   OUTRIGGER_TEXT=1    prints each program before it is compiled
#include <dirent.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "p4/large_stack.h"
#include "random_program/random_program.h"
#include "random_program/random_run.h"
#include "robustness/fuzzed_program.h"
#include "robustness/program_mutator.h"

namespace outrigger::p4_robustness {
namespace {

constexpr size_t text_bytes_max = 64U << 10U;
constexpr uint32_t packets = 4;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Without lines of the preprocessor: what they include is the prelude.
std::string body_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    text += line.starts_with("#") ? std::string() : line + "\n";
  }
  return text;
}

std::vector<std::string> corpus() {
  std::vector<std::filesystem::path> paths;
  for (const char* folder : {"accept", "reject"}) {
    const std::filesystem::path path = std::filesystem::path(OUTRIGGER_P4_CORPUS) / folder;
    DIR* directory = opendir(path.c_str());  // not std::filesystem's iterator: see corpus_test.cc
    if (directory == nullptr) {
      continue;
    }
    while (const dirent* entry = readdir(directory)) {
      const std::filesystem::path name = entry->d_name;
      if (name.extension() == ".p4") {
        paths.push_back(path / name);
      }
    }
    closedir(directory);
  }
  std::ranges::sort(paths);
  std::vector<std::string> texts;
  for (const auto& path : paths) {
    texts.push_back(body_of(path));
  }
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const std::string text =
        p4_random::random_program(seed, {.statements_max = 2, .nesting_max = 2, .expression_depth_max = 2});
    texts.push_back(text.substr(text.find("enum")));
  }
  return texts;
}

std::string fault_of(const std::string& text, uint64_t seed) {
  std::string fault = "there is no memory for a stack";
  const bool has_run = p4::run_with_large_stack([&] {
    const auto compilation = compile_after(Prelude::V1model, text);
    const std::string shown = to_text(compilation->diagnostics, compilation->source);
    fault = shown.empty() == compilation->diagnostics.all().empty() ? "" : "faults are not shown";
    if (fault.empty() && compilation->is_good()) {
      fault = p4_random::lower_and_run(*compilation, packets, seed);
    }
  });
  return has_run ? fault : "there is no memory for a stack";
}

TEST(MutatedProgram, is_refused_or_taken) {
  const std::vector<std::string> texts = corpus();
  ASSERT_GT(texts.size(), 500U);
  const uint64_t first = from_environment("OUTRIGGER_SEED", 1);
  const uint64_t rounds = from_environment("OUTRIGGER_ROUNDS", 300);
  for (uint64_t seed = first; seed < first + rounds; ++seed) {
    const std::string& text = texts[(seed * 7919) % texts.size()];
    const std::string& other = texts[(seed * 104729 + seed / 7) % texts.size()];
    const std::string mutated = mutated_program(text, other, static_cast<uint32_t>(seed), text_bytes_max);
    if (std::getenv("OUTRIGGER_TEXT") != nullptr) {
      std::printf("// seed %llu\n%s\n", static_cast<unsigned long long>(seed), mutated.c_str());
      std::fflush(stdout);
    }
    ASSERT_EQ(fault_of(mutated, seed), "")
        << "replay: OUTRIGGER_SEED=" << seed << " OUTRIGGER_ROUNDS=1 OUTRIGGER_TEXT=1 p4_mutated_program_test";
  }
}

}  // namespace
}  // namespace outrigger::p4_robustness
