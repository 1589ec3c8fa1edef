// What the benches put into tables: matches by seed that look like those of real ones.
#pragma once

#include "base/check.h"
#include "core/random.h"
#include "pipeline/table_shape.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace outrigger::pipeline {

struct BenchTable {
  std::string_view name;
  std::vector<KeyField> key;
  StructureKind structure;
  size_t entries_max;
  uint32_t masks = 0;  // ternary: how many different ones
};

// What an access list looks at: ternary alone, and with ranges of ports.
inline std::vector<KeyField> bench_acl_key() {
  return {{"s", MatchKind::Ternary, 32},
          {"d", MatchKind::Ternary, 32},
          {"p", MatchKind::Ternary, 8},
          {"sp", MatchKind::Ternary, 16},
          {"dp", MatchKind::Ternary, 16}};
}
inline std::vector<KeyField> bench_acl_key_with_ranges() {
  return {{"s", MatchKind::Lpm, 32},
          {"d", MatchKind::Ternary, 32},
          {"p", MatchKind::Optional, 8},
          {"sp", MatchKind::Range, 16},
          {"dp", MatchKind::Range, 16}};
}

// How many of 1000 routes have a prefix of 0, 1, … 32 bits: about as in the Internet's table of 2024, and 25 of a
// provider's own that are longer than /24.
inline constexpr std::array<uint32_t, 33> routes_by_length = {
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 3, 14, 9, 14, 25, 44, 54, 110, 99, 596, 3, 3, 3, 3, 3, 2, 2, 6};

// Routes of 1.0.0.0 – 223.255.255.255, all different, in random order: value and mask of each.
inline std::vector<KeyMatch> bench_routes(core::Random& random, size_t count) {
  std::vector<KeyMatch> routes;
  std::unordered_set<uint64_t> seen;
  while (routes.size() < count) {
    uint64_t which = random.below(1000);
    uint32_t bits = 0;
    for (; which >= routes_by_length[bits]; ++bits) {
      which -= routes_by_length[bits];
    }
    const uint32_t mask = ~uint32_t{0} << (32 - bits);
    const auto address = static_cast<uint32_t>((uint64_t{1} << 24) + random.below(uint64_t{223} << 24)) & mask;
    // The few short prefixes there can be are used up by and by.
    if (!seen.insert(uint64_t{address} << 6 | bits).second) {
      continue;
    }
    KeyMatch route;
    for (const uint32_t shift : {24U, 16U, 8U, 0U}) {
      route.value.push_back(static_cast<uint8_t>(address >> shift));
      route.bound.push_back(static_cast<uint8_t>(mask >> shift));
    }
    routes.push_back(std::move(route));
  }
  return routes;
}

// A destination's port as access lists have it: one, all, those above 1023, or some range.
inline FieldMatch bench_range(core::Random& random, const KeyField& field) {
  FieldMatch match{.value = std::vector<uint8_t>(field.bytes()), .bound = std::vector<uint8_t>(field.bytes(), 0xFF)};
  switch (random.below(4)) {
    case 0: break;
    case 1: match.value[0] = 4; break;
    case 2:
      std::ranges::generate(match.value, [&] { return static_cast<uint8_t>(random.next()); });
      match.bound = match.value;
      break;
    default:
      std::ranges::generate(match.value, [&] { return static_cast<uint8_t>(random.next()); });
      std::ranges::generate(match.bound, [&] { return static_cast<uint8_t>(random.next()); });
      if (match.bound < match.value) {
        match.value.swap(match.bound);
      }
  }
  return match;
}

// IPv6 as in its table: most /48, some longer, the rest between /36 and /47.
inline uint32_t bench_prefix_bits(core::Random& random, uint32_t width_bits) {
  const uint64_t which = random.below(100);
  const uint32_t usual = width_bits == 32 ? 24 : 48;
  return which < 60   ? usual
         : which < 65 ? usual + 1 + static_cast<uint32_t>(random.below(8))
                      : usual - 12 + static_cast<uint32_t>(random.below(12));
}

// Any match of this shape; masks are one of `masks` different ones.
inline KeyMatch bench_match(core::Random& random, const TableShape& shape, uint32_t masks) {
  std::vector<FieldMatch> fields;
  core::Random of_mask(random.below(std::max(masks, 1U)) + 1);
  for (const KeyField& field : shape.key) {
    FieldMatch match;
    for (uint32_t i = 0; i < field.bytes(); ++i) {
      match.value.push_back(static_cast<uint8_t>(random.next()));
      match.bound.push_back(static_cast<uint8_t>(0xFF << of_mask.below(9)));
    }
    if (field.kind == MatchKind::Range) {
      match = bench_range(random, field);
    }
    match.prefix_bits = field.kind == MatchKind::Lpm ? bench_prefix_bits(random, field.width_bits) : 0;
    fields.push_back(std::move(match));
  }
  auto packed = pack_match(shape, fields);
  check(packed.has_value(), "the bench's matches are well made");
  return *packed;
}

inline std::vector<KeyMatch> bench_matches(core::Random& random, const TableShape& shape, uint32_t masks,
                                           size_t count) {
  if (shape.key.size() == 1 && shape.key[0].kind == MatchKind::Lpm && shape.key[0].width_bits == 32) {
    return bench_routes(random, count);
  }
  std::vector<KeyMatch> matches;
  for (size_t i = 0; i < count; ++i) {
    matches.push_back(bench_match(random, shape, masks));
  }
  return matches;
}

// Keys, key_stride() apart, each of which one of the matches takes.
inline std::vector<uint8_t> bench_keys(core::Random& random, uint32_t stride, const std::vector<KeyMatch>& matches,
                                       bool has_ranges, size_t count) {
  std::vector<uint8_t> keys(count * stride);
  for (size_t i = 0; i < count; ++i) {
    const KeyMatch& match = matches[random.below(matches.size())];
    for (size_t byte = 0; byte < match.value.size(); ++byte) {
      const auto noise = static_cast<uint8_t>(random.next() & static_cast<uint8_t>(~match.bound[byte]));
      keys[i * stride + byte] = has_ranges ? match.value[byte] : static_cast<uint8_t>(match.value[byte] | noise);
    }
  }
  return keys;
}

}  // namespace outrigger::pipeline
