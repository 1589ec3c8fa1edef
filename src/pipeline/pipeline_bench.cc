// pipeline_bench: lookups and insertions a second for each table structure and size, on one core. Keys that hit, in
// random order, in bursts of 64; time of this thread alone. Arguments: the largest number of entries (1000000), and a
// part of the name of those to measure.
#include "pipeline/bench_matches.h"
#include "pipeline/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string_view>

using namespace outrigger;
using namespace outrigger::pipeline;

namespace {

constexpr int runs = 5;
constexpr size_t bursts = 4096;

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double measure_lookups(const Table& table, const std::vector<uint8_t>& keys, uint32_t stride) {
  std::vector<const Entry*> found(burst_packets_max);
  double best = 1e9;
  for (int run = 0; run < runs; ++run) {
    const double start = cpu_seconds();
    for (size_t burst = 0; burst < bursts; ++burst) {
      table.abi().lookup(&table.abi(), keys.data() + burst * burst_packets_max * stride, stride, burst_packets_max,
                         found.data());
    }
    best = std::min(best, cpu_seconds() - start);
  }
  return static_cast<double>(bursts * burst_packets_max) / best;
}

void measure(const BenchTable& kind, size_t entries) {
  core::Random random(7);
  TableShape shape{.name = std::string(kind.name), .key = kind.key, .action_data_bytes = {8}, .size = entries};
  shape.structure = kind.structure;
  const std::vector<uint8_t> data(8);
  Quiescence quiescence;
  auto table = std::move(Table::make(shape, {.data = data}, quiescence).value());
  const std::vector<KeyMatch> matches = bench_matches(random, shape, kind.masks, entries);
  const double start = cpu_seconds();
  double slowest = 0;
  double last = start;
  size_t inserted = 0;
  for (const KeyMatch& match : matches) {
    inserted += table->insert({.value = match.value,
                               .bound = match.bound,
                               .priority = static_cast<uint32_t>(random.below(1000)),
                               .action = {.data = data}})
                        .has_value()
                    ? 1
                    : 0;
    if (inserted % 64 == 0) {
      const double now = cpu_seconds();
      slowest = std::max(slowest, now - last);
      last = now;
    }
  }
  const double seconds = cpu_seconds() - start;
  const uint32_t stride = key_stride(shape.key_bytes());
  const auto keys = bench_keys(random, stride, matches, shape.has(MatchKind::Range), bursts * burst_packets_max);
  const double lookups = measure_lookups(*table, keys, stride);
  fmt::print(
      "{:<22} {:>9} entries ({:<11}) {:8.2f} M lookups/s {:7.1f} ns  {:8.2f} k inserts/s, slowest 64 {:6.2f} ms\n",
      kind.name, inserted, structure_kind_name(table->structure()), lookups / 1e6, 1e9 / lookups,
      static_cast<double>(matches.size()) / seconds / 1e3, slowest * 1e3);
}

}  // namespace

int main(int count, char** arguments) {
  const size_t largest = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 1'000'000;
  const std::string_view wanted = count > 2 ? arguments[2] : "";
  using M = MatchKind;
  using S = StructureKind;
  const std::vector<KeyField> acl = bench_acl_key();
  const std::vector<KeyField> acl_ranges = bench_acl_key_with_ranges();
  const BenchTable kinds[] = {
      {"linear exact 48", {{"k", M::Exact, 48}}, S::Linear, 1000},
      {"direct 16", {{"k", M::Exact, 16}}, S::Direct, 10'000},
      {"exact 48", {{"k", M::Exact, 48}}, S::Exact, 1'000'000},
      {"exact 104", {{"a", M::Exact, 32}, {"b", M::Exact, 32}, {"c", M::Exact, 40}}, S::Exact, 1'000'000},
      {"lpm 32 dir24", {{"k", M::Lpm, 32}}, S::Dir24, 1'000'000},
      {"lpm 32 trie", {{"k", M::Lpm, 32}}, S::Trie, 1'000'000},
      {"lpm 128 trie", {{"k", M::Lpm, 128}}, S::Trie, 1'000'000},
      {"tuples 104, 2 masks", acl, S::TupleSpace, 100'000, 2},
      {"tuples 104, 8 masks", acl, S::TupleSpace, 100'000, 8},
      {"tuples 104, 32 masks", acl, S::TupleSpace, 100'000, 32},
      {"vectors 104, 8 masks", acl, S::BitVector, 100'000, 8},
      {"vectors 104, any mask", acl, S::BitVector, 100'000, 100'000},
      {"ternary 104, 8 masks", acl, S::Automatic, 100'000, 8},
      {"ternary 104, any mask", acl, S::Automatic, 10'000, 100'000},
      {"5-tuple with ranges", acl_ranges, S::Automatic, 10'000, 100'000},
      {"range 16", {{"p", M::Range, 16}}, S::Automatic, 10'000},
      {"ranges 32", {{"k", M::Ternary, 32}, {"p", M::Range, 16}}, S::Automatic, 10'000, 8},
  };
  for (const BenchTable& kind : kinds) {
    for (size_t entries = 1000; entries <= std::min(kind.entries_max, largest); entries *= 10) {
      if (kind.name.find(wanted) != std::string_view::npos) {
        measure(kind, entries);
      }
    }
  }
  return 0;
}
