// pipeline_bench: lookups and insertions a second for each table structure and size, on one core. Keys that hit, in
// random order, in bursts of 64; time of this thread alone. Arguments: the largest number of entries (1000000).
#include "base/check.h"
#include "core/random.h"
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

struct Kind {
  std::string_view name;
  std::vector<KeyField> key;
  StructureKind structure;
  size_t entries_max;
  uint32_t masks = 0;  // ternary: how many different ones
};

// Routes as in a full table, roughly: most /24, some longer, the rest between /12 and /23.
uint32_t prefix_bits(core::Random& random, uint32_t width) {
  const uint64_t which = random.below(100);
  const uint32_t usual = width == 32 ? 24 : 48;
  return which < 60   ? usual
         : which < 65 ? usual + 1 + static_cast<uint32_t>(random.below(8))
                      : usual - 12 + static_cast<uint32_t>(random.below(12));
}

KeyMatch match_for(core::Random& random, const TableShape& shape, uint32_t masks) {
  std::vector<FieldMatch> fields;
  core::Random of_mask(random.below(std::max(masks, 1U)) + 1);
  for (const KeyField& field : shape.key) {
    FieldMatch match;
    for (uint32_t i = 0; i < field.bytes(); ++i) {
      match.value.push_back(static_cast<uint8_t>(random.next()));
      match.bound.push_back(static_cast<uint8_t>(0xFF << of_mask.below(9)));
    }
    if (field.kind == MatchKind::Range) {
      match.bound.assign(field.bytes(), 0xFF);
    }
    match.prefix_bits = field.kind == MatchKind::Lpm ? prefix_bits(random, field.width_bits) : 0;
    fields.push_back(std::move(match));
  }
  auto packed = pack_match(shape, fields);
  check(packed.has_value(), "the bench's matches are well made");
  return *packed;
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

void measure(const Kind& kind, size_t entries) {
  core::Random random(7);
  TableShape shape{.name = std::string(kind.name), .key = kind.key, .action_data_bytes = {8}, .size = entries};
  shape.structure = kind.structure;
  const std::vector<uint8_t> data(8);
  Quiescence quiescence;
  auto table = std::move(Table::make(shape, {.data = data}, quiescence).value());
  std::vector<KeyMatch> matches;
  for (size_t i = 0; i < entries; ++i) {
    matches.push_back(match_for(random, shape, kind.masks));
  }
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
  std::vector<uint8_t> keys(bursts * burst_packets_max * stride);
  for (size_t i = 0; i < bursts * burst_packets_max; ++i) {
    const KeyMatch& match = matches[random.below(matches.size())];
    for (size_t byte = 0; byte < match.value.size(); ++byte) {
      const auto noise = static_cast<uint8_t>(random.next() & static_cast<uint8_t>(~match.bound[byte]));
      const bool has_range = shape.has(MatchKind::Range);
      keys[i * stride + byte] = has_range ? match.value[byte] : static_cast<uint8_t>(match.value[byte] | noise);
    }
  }
  const double lookups = measure_lookups(*table, keys, stride);
  fmt::print(
      "{:<22} {:>9} entries ({:<11}) {:8.2f} M lookups/s {:7.1f} ns  {:8.2f} k inserts/s, slowest 64 {:6.2f} ms\n",
      kind.name, inserted, structure_kind_name(table->structure()), lookups / 1e6, 1e9 / lookups,
      static_cast<double>(matches.size()) / seconds / 1e3, slowest * 1e3);
}

}  // namespace

int main(int count, char** arguments) {
  const size_t largest = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 1'000'000;
  using M = MatchKind;
  using S = StructureKind;
  const std::vector<KeyField> acl = {{"s", M::Ternary, 32},
                                     {"d", M::Ternary, 32},
                                     {"p", M::Ternary, 8},
                                     {"sp", M::Ternary, 16},
                                     {"dp", M::Ternary, 16}};
  const Kind kinds[] = {
      {"linear exact 48", {{"k", M::Exact, 48}}, S::Linear, 1000},
      {"direct 16", {{"k", M::Exact, 16}}, S::Direct, 10'000},
      {"exact 48", {{"k", M::Exact, 48}}, S::Exact, 1'000'000},
      {"exact 104", {{"a", M::Exact, 32}, {"b", M::Exact, 32}, {"c", M::Exact, 40}}, S::Exact, 1'000'000},
      {"lpm 32 dir24", {{"k", M::Lpm, 32}}, S::Dir24, 1'000'000},
      {"lpm 32 trie", {{"k", M::Lpm, 32}}, S::Trie, 1'000'000},
      {"lpm 128 trie", {{"k", M::Lpm, 128}}, S::Trie, 1'000'000},
      {"ternary 104, 8 masks", acl, S::Automatic, 100'000, 8},
      {"ternary 104, any mask", acl, S::BitVector, 10'000, 100'000},
      {"ranges 32", {{"k", M::Ternary, 32}, {"p", M::Range, 16}}, S::Automatic, 10'000, 8},
  };
  for (const Kind& kind : kinds) {
    for (size_t entries = 1000; entries <= std::min(kind.entries_max, largest); entries *= 10) {
      measure(kind, entries);
    }
  }
  return 0;
}
