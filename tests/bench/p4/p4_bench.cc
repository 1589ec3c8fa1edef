// Packets a second of one workload by every contender, on one CPU, interleaved: A B C D A B C D … First each runs the
// same packets once, and what leaves is compared byte by byte. Prints JSON; tests/bench/p4.py makes rows of it.
//
//   p4_bench PROGRAM ENTRIES TABLES CPU ROUNDS FOLDER SWX_HEADERS CONTENDER…
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <span>
#include <thread>

#include "contender.h"

namespace outrigger::p4_bench {
namespace {

using Clock = std::chrono::steady_clock;

// Of all packets in a round; between two they are made anew, for other entries.
constexpr uint32_t passes = 8;

uint64_t cycles() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return static_cast<uint64_t>(Clock::now().time_since_epoch().count());
#endif
}

struct Options {
  Program program = Program::L2;
  uint32_t entries = 0;
  uint32_t tables = 0;
  uint32_t cpu = 0;
  uint32_t rounds = 0;
  std::string folder;
  std::string headers;
  std::vector<std::string> contenders;
};

struct Measured {
  std::string name;
  std::unique_ptr<Contender> contender;
  std::vector<double> rates;   // packets a second
  std::vector<double> cycles;  // of the time stamp counter, a packet
};

std::optional<uint32_t> number(const char* text) {
  const std::string_view all(text);
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), value);
  return error == std::errc{} && end == all.data() + all.size() ? std::optional(value) : std::nullopt;
}

std::optional<Options> read_arguments(std::span<char*> arguments) {
  constexpr size_t least = 9;
  if (arguments.size() < least) {
    return std::nullopt;
  }
  const auto program = program_named(arguments[1]);
  const auto entries = number(arguments[2]);
  const auto tables = number(arguments[3]);
  const auto cpu = number(arguments[4]);
  const auto rounds = number(arguments[5]);
  if (!program || !entries || !tables || !cpu || !rounds || *entries == 0 || *tables == 0 || *rounds == 0) {
    return std::nullopt;
  }
  return Options{.program = *program,
                 .entries = *entries,
                 .tables = *tables,
                 .cpu = *cpu,
                 .rounds = *rounds,
                 .folder = arguments[6],
                 .headers = arguments[7],
                 .contenders = {arguments.begin() + least - 1, arguments.end()}};
}

Result<std::unique_ptr<Contender>> make_contender(const std::string& name, const Workload& workload,
                                                  const Options& options, double& compile_ms) {
  if (name == "ours") {
    OR_ASSIGN(Ours made, make_ours(workload));
    compile_ms = made.compile_ms;
    return std::move(made.contender);
  }
  if (name == "hand") {
    return make_by_hand(workload);
  }
  if (name != "interpreted" && name != "generated") {
    return fail(Code::InvalidArgument, "there is no contender {}", name);
  }
  return make_swx(workload,
                  {.is_generated = name == "generated", .folder = options.folder, .headers = options.headers});
}

// What each makes of fresh packets must be the same.
Result<> compare(std::span<Measured> all, Packets& packets) {
  std::vector<std::string> first;
  for (Measured& one : all) {
    packets.restore(0);
    one.contender->run(packets);
    std::vector<std::string> sent = packets.sent();
    if (first.empty()) {
      first = std::move(sent);
      continue;
    }
    const auto [a, b] = std::ranges::mismatch(first, sent);
    if (a != first.end()) {
      return fail(Code::Internal, "packet {}\n  of {}: {}\n  of {}: {}", a - first.begin(), all.front().name, *a,
                  one.name, *b);
    }
  }
  if (std::ranges::any_of(first, [](const std::string& text) { return !text.starts_with("port"); })) {
    return fail(Code::Internal, "a packet was dropped that has an entry");
  }
  return {};
}

void measure(Measured& one, Packets& packets, uint64_t round) {
  Clock::duration passed{};
  uint64_t took = 0;
  for (uint32_t pass = 0; pass <= passes; ++pass) {
    packets.restore(round * (passes + 1) + pass);
    const auto begin_time = Clock::now();
    const uint64_t begin = cycles();
    one.contender->run(packets);
    if (pass > 0) {  // the first one brings its code and tables into the caches
      took += cycles() - begin;
      passed += Clock::now() - begin_time;
    }
  }
  constexpr double count = double{passes} * packets_count;
  one.rates.push_back(count / std::chrono::duration<double>(passed).count());
  one.cycles.push_back(static_cast<double>(took) / count);
}

Result<> run(const Options& options) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(options.cpu, &cpus);
  sched_setaffinity(0, sizeof cpus, &cpus);
  if (std::ranges::any_of(options.contenders, [](const std::string& name) { return name.ends_with("ed"); })) {
    OR_TRY(start_swx(static_cast<int>(options.cpu)));
  }
  const Workload workload = make_workload(options.program, options.entries, options.tables);
  double compile_ms = 0;
  std::vector<Measured> all;
  for (const std::string& name : options.contenders) {
    OR_ASSIGN(auto contender, make_contender(name, workload, options, compile_ms));
    all.push_back({.name = name, .contender = std::move(contender), .rates = {}, .cycles = {}});
  }
  Packets packets(workload);
  OR_TRY(compare(all, packets));
  for (uint32_t round = 0; round < options.rounds; ++round) {
    for (Measured& one : all) {
      measure(one, packets, round);
    }
  }
  std::string text = fmt::format(R"({{"compile_ms": {:.1f})", compile_ms);
  for (const Measured& one : all) {
    text += fmt::format(R"(, "{}": {{"rates": [{:.0f}], "cycles": [{:.2f}]}})", one.name, fmt::join(one.rates, ", "),
                        fmt::join(one.cycles, ", "));
  }
  fmt::print("{}}}\n", text);
  return {};
}

}  // namespace
}  // namespace outrigger::p4_bench

int main(int argc, char** argv) {
  const auto options = outrigger::p4_bench::read_arguments({argv, static_cast<size_t>(argc)});
  if (!options.has_value()) {
    std::fputs("usage: p4_bench PROGRAM ENTRIES TABLES CPU ROUNDS FOLDER SWX_HEADERS CONTENDER…\n", stderr);
    return 2;
  }
  const auto done = outrigger::p4_bench::run(*options);
  if (!done.has_value()) {
    fmt::print(stderr, "p4_bench: {}\n", done.error().what);
    return 1;
  }
  return 0;
}
