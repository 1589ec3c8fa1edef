// The fuzzers' mutations without the fuzzer: programs of the tests, those that ship, and random ones, with parts moved
// about, are refused with a diagnostic or taken by all that comes after the checker.
//
//   OUTRIGGER_SEED=n    the first seed
//   OUTRIGGER_ROUNDS=n  so many times a hundred seeds in a row
//   OUTRIGGER_TEXT=1    one seed, whose program is printed before it is compiled
#include <dirent.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "p4/large_stack.h"
#include "random_program/random_program.h"
#include "robustness/program_mutator.h"
#include "robustness/whole_compiler.h"

namespace outrigger::p4_robustness {
namespace {

constexpr size_t text_bytes_max = 64U << 10U;
constexpr uint64_t seeds_of_a_round = 100;

struct Source {
  std::string folder;      // where what it includes is
  std::string directives;  // lines of the preprocessor, which stay as they are
  std::string body;
};

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

Source read_source(const std::filesystem::path& path) {
  std::ifstream file(path);
  Source source{.folder = path.parent_path().string(), .directives = {}, .body = {}};
  for (std::string line; std::getline(file, line);) {
    (line.starts_with("#") ? source.directives : source.body) += line + "\n";
  }
  return source;
}

// Only what includes: other directives belong to places that would be lost.
bool is_plain(const Source& source) {
  for (size_t at = 0; at < source.directives.size(); at = source.directives.find('\n', at) + 1) {
    if (source.directives.compare(at, 8, "#include") != 0) {
      return false;
    }
  }
  return true;
}

void add_programs(const std::filesystem::path& folder, std::vector<std::filesystem::path>& into) {
  DIR* directory = opendir(folder.c_str());  // not std::filesystem's iterator: see corpus_test.cc
  if (directory == nullptr) {
    return;
  }
  while (const dirent* entry = readdir(directory)) {
    if (std::filesystem::path(entry->d_name).extension() == ".p4") {
      into.push_back(folder / entry->d_name);
    }
  }
  closedir(directory);
}

// Those of a whole switch come first; `whole` says how many they are.
std::vector<Source> corpus(size_t& whole) {
  std::vector<std::filesystem::path> paths;
  for (const char* folder : {"accept", "reject", "language", "stf"}) {
    add_programs(std::filesystem::path(OUTRIGGER_P4_CORPUS) / folder, paths);
  }
  add_programs(OUTRIGGER_PROGRAMS_FOLDER, paths);
  std::ranges::sort(paths);
  std::vector<Source> sources;
  for (const auto& path : paths) {
    if (Source source = read_source(path); is_plain(source)) {
      sources.push_back(std::move(source));
    }
  }
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const std::string text =
        p4_random::random_program(seed, {.statements_max = 2, .nesting_max = 2, .expression_depth_max = 2});
    const size_t begin = text.find("enum");
    sources.push_back({.folder = {}, .directives = text.substr(0, begin), .body = text.substr(begin)});
  }
  const auto parts = std::ranges::partition(
      sources, [](const Source& source) { return source.body.find(" main;") != std::string::npos; });
  whole = sources.size() - parts.size();
  return sources;
}

std::string mutated(const std::vector<Source>& sources, size_t whole, uint64_t seed, std::string& folder) {
  const Source& source = sources[(seed * 7919) % (seed % 4 == 0 ? sources.size() : whole)];
  const Source& other = sources[(seed * 104729 + seed / 7) % sources.size()];
  folder = source.folder;
  return source.directives + mutated_program(source.body, other.body, static_cast<uint32_t>(seed), text_bytes_max);
}

std::string fault_of(const std::string& text, const std::string& folder, uint64_t seed, Reached& reached) {
  std::string fault = "there is no memory for a stack";
  (void)p4::run_with_large_stack([&] {
    const p4::PreprocessorOptions options{.include_folders = {folder}, .defines = {}, .undefines = {}};
    const auto compilation = p4::compile_front_text("mutated.p4", text, options);
    const std::string shown = to_text(compilation->diagnostics, compilation->source);
    fault = shown.empty() == compilation->diagnostics.all().empty() ? "" : "faults are not shown";
    if (fault.empty() && compilation->is_good()) {
      fault = fault_of_compiled(*compilation, seed, &reached);
    }
  });
  return fault;
}

TEST(MutatedProgram, is_refused_or_taken) {
  size_t whole = 0;
  const std::vector<Source> sources = corpus(whole);
  ASSERT_GT(sources.size(), 700U);
  ASSERT_GT(whole, 200U);
  const bool is_shown = std::getenv("OUTRIGGER_TEXT") != nullptr;
  const uint64_t first = from_environment("OUTRIGGER_SEED", 1);
  const uint64_t count = is_shown ? 1 : seeds_of_a_round * from_environment("OUTRIGGER_ROUNDS", 3);
  std::array<uint64_t, 5> reached{};
  for (uint64_t seed = first; seed < first + count; ++seed) {
    std::string folder;
    const std::string text = mutated(sources, whole, seed, folder);
    if (is_shown) {
      std::printf("// seed %llu\n%s\n", static_cast<unsigned long long>(seed), text.c_str());
      std::fflush(stdout);
    }
    Reached stage = Reached::Refused;
    ASSERT_EQ(fault_of(text, folder, seed, stage), "")
        << "replay: OUTRIGGER_SEED=" << seed << " OUTRIGGER_TEXT=1 p4_mutated_program_test";
    ++reached.at(static_cast<size_t>(stage));
  }
  std::printf("refused %llu, lowered %llu, native %llu, in a target %llu, in bursts %llu\n",
              static_cast<unsigned long long>(reached[0]), static_cast<unsigned long long>(reached[1]),
              static_cast<unsigned long long>(reached[2]), static_cast<unsigned long long>(reached[3]),
              static_cast<unsigned long long>(reached[4]));
  EXPECT_TRUE(is_shown || reached[4] > 0);  // the mutations must leave some programs whole
}

}  // namespace
}  // namespace outrigger::p4_robustness
