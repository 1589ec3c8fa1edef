// What the programs here are told on their command lines, as far as they are told the same: words, the load that a
// measurement is, and what main() makes of them.
#pragma once

#include "base/result.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <string_view>

namespace outrigger::load {

// Gives each word to take_flag(name) and, where that is not one, with the word behind it to take_value(name, value).
// False: a word is neither, or has none behind it.
template <typename TakeFlag, typename TakeValue>
bool parse_words(int argc, char** argv, TakeFlag take_flag, TakeValue take_value) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (!take_flag(name) && (i + 1 >= argc || !take_value(name, argv[++i]))) {
      return false;
    }
  }
  return true;
}

// Reads or writes of one size, so many at a time.
struct IoLoad {
  static constexpr uint32_t depth_max = 1023;  // of a queue of 1024 entries
  static constexpr uint32_t bytes_max = 1U << 20;

  uint32_t depth = 32;
  uint32_t bytes = 4096;
  uint32_t seconds = 4;
  bool is_write = false;
  bool is_json = false;

  bool take_flag(std::string_view name) {
    if (name == "--read" || name == "--write") {
      is_write = name == "--write";
    } else if (name == "--json") {
      is_json = true;
    } else {
      return false;
    }
    return true;
  }
  bool take_value(std::string_view name, uint32_t number) {
    if (name == "--qd") {
      depth = number;
    } else if (name == "--bs") {
      bytes = number;
    } else if (name == "--seconds") {
      seconds = number;
    } else {
      return false;
    }
    return true;
  }
  [[nodiscard]] bool is_possible() const {
    return depth != 0 && depth <= depth_max && bytes != 0 && bytes <= bytes_max && seconds != 0;
  }
};

// A whole main(): 2 where the words are wrong, 1 where it failed.
template <typename Command>
int run_program(int argc, char** argv, std::string_view name, std::string_view usage,
                bool (*parse)(int, char**, Command&), Result<void> (*run)(const Command&)) {
  Command command;
  if (!parse(argc, argv, command)) {
    fmt::print(stderr, "{}", usage);
    return 2;
  }
  if (const Result<void> outcome = run(command); !outcome.has_value()) {
    fmt::print(stderr, "{}: {}\n", name, outcome.error().what);
    return 1;
  }
  return 0;
}

}  // namespace outrigger::load
