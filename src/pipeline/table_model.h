// TableModel: what a table means, written as plainly as possible; the contract suite compares every structure with it.
// And random keys and matches that often meet.
#pragma once

#include "core/random.h"
#include "pipeline/table.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

namespace outrigger::pipeline {

struct ModelEntry {
  KeyMatch match;
  uint32_t priority = 0;
  uint64_t sequence = 0;
  uint32_t handle = 0;
  uint32_t action = 0;
  std::vector<uint8_t> data;
};

class TableModel {
 public:
  explicit TableModel(const TableShape& shape) : shape_(shape) {}

  [[nodiscard]] ModelEntry* find(const KeyMatch& match, uint32_t priority) {
    const auto it = std::ranges::find_if(entries_, [&](const ModelEntry& entry) {
      return entry.match == match && (!shape_.is_ranked() || entry.priority == priority);
    });
    return it == entries_.end() ? nullptr : &*it;
  }
  [[nodiscard]] const ModelEntry* lookup(const std::vector<uint8_t>& key) const {
    const ModelEntry* best = nullptr;
    for (const ModelEntry& entry : entries_) {
      if (matches_plainly(entry, key) && (best == nullptr || is_better(entry, *best))) {
        best = &entry;
      }
    }
    return best;
  }
  void add(ModelEntry entry) {
    entry.sequence = sequence_++;
    entries_.push_back(std::move(entry));
  }
  void remove(const ModelEntry* entry) { entries_.erase(entries_.begin() + (entry - entries_.data())); }
  void clear() { entries_.clear(); }
  [[nodiscard]] std::vector<ModelEntry>& entries() { return entries_; }

 private:
  // Bit by bit for masks, as numbers of bytes for ranges.
  [[nodiscard]] bool matches_plainly(const ModelEntry& entry, const std::vector<uint8_t>& key) const {
    const uint8_t* value = entry.match.value.data();
    const uint8_t* bound = entry.match.bound.data();
    const uint8_t* given = key.data();
    for (const KeyField& field : shape_.key) {
      const size_t bytes = field.bytes();
      for (size_t i = 0; i < bytes && field.kind != MatchKind::Range; ++i) {
        if (((given[i] ^ value[i]) & bound[i]) != 0) {
          return false;
        }
      }
      if (field.kind == MatchKind::Range &&
          (std::memcmp(given, value, bytes) < 0 || std::memcmp(bound, given, bytes) < 0)) {
        return false;
      }
      value += bytes;
      bound += bytes;
      given += bytes;
    }
    return true;
  }
  [[nodiscard]] bool is_better(const ModelEntry& a, const ModelEntry& b) const {
    if (!shape_.is_ranked()) {  // at most one lpm field: the longer prefix has more ones
      return ones(a) > ones(b);
    }
    if (a.priority != b.priority) {
      return shape_.smaller_priority_wins ? a.priority < b.priority : a.priority > b.priority;
    }
    return a.sequence < b.sequence;
  }
  static uint32_t ones(const ModelEntry& entry) {
    uint32_t count = 0;
    for (const uint8_t byte : entry.match.bound) {
      count += static_cast<uint32_t>(std::popcount(byte));
    }
    return count;
  }

  const TableShape shape_;
  std::vector<ModelEntry> entries_;
  uint64_t sequence_ = 0;
};

// Values that are alike in most bits, so that prefixes nest, masks overlap and keys hit.
inline std::vector<uint8_t> random_value(core::Random& random, const KeyField& field) {
  std::vector<uint8_t> bytes(field.bytes());
  for (uint8_t& byte : bytes) {
    byte = random.chance(field.bytes() < 8 ? 3 : 4 * field.bytes()) ? static_cast<uint8_t>(random.next())
                                                                    : static_cast<uint8_t>(random.below(2) * 0x81);
  }
  const uint32_t used = field.width_bits % 8;
  bytes[0] &= used == 0 ? 0xFF : static_cast<uint8_t>((1U << used) - 1);
  return bytes;
}

inline FieldMatch random_match(core::Random& random, const KeyField& field) {
  FieldMatch match;
  match.value = random_value(random, field);
  match.bound = random_value(random, field);
  // Seldom short: such a prefix covers so many places of DIR-24-8 that little else would be tested. (None: see below.)
  const uint32_t least = field.width_bits / (random.chance(8) ? 4 : 2);
  // Half of them within a few bits, so that they nest in one node of a trie.
  const uint32_t lengths = random.chance(2) ? std::min(field.width_bits - least, 7U) : field.width_bits - least;
  match.prefix_bits = least + static_cast<uint32_t>(random.below(lengths + 1));
  if (field.kind == MatchKind::Range && match.bound < match.value) {
    std::swap(match.value, match.bound);
  }
  match.is_present = field.kind == MatchKind::Exact || !random.chance(4);
  return match;
}

inline KeyMatch random_key_match(core::Random& random, const TableShape& shape) {
  std::vector<FieldMatch> fields;
  for (const KeyField& field : shape.key) {
    fields.push_back(random_match(random, field));
  }
  return pack_match(shape, fields).value();
}

// A key, half of the time one that `entry` matches but for a few bits.
inline std::vector<uint8_t> random_key(core::Random& random, const TableShape& shape, const ModelEntry* entry) {
  std::vector<uint8_t> key;
  for (const KeyField& field : shape.key) {
    const std::vector<uint8_t> value = random_value(random, field);
    key.insert(key.end(), value.begin(), value.end());
  }
  if (entry == nullptr || random.chance(3)) {
    return key;
  }
  size_t at = 0;
  for (const KeyField& field : shape.key) {
    for (size_t i = at; i < at + field.bytes(); ++i) {
      key[i] = field.kind == MatchKind::Range ? (random.chance(2) ? entry->match.value[i] : entry->match.bound[i])
                                              : static_cast<uint8_t>((entry->match.value[i] & entry->match.bound[i]) |
                                                                     (key[i] & ~entry->match.bound[i]));
    }
    at += field.bytes();
  }
  return key;
}

// What a driver of bursts does where the table has a FetchPlan, `at_once` keys confirmed at a time; else an ordinary
// lookup. `keys`: each padded to `stride` bytes.
inline void look_up_by_plan(const TableAbi& table, std::span<const uint8_t> keys, uint32_t stride, uint64_t seed_change,
                            uint32_t at_once, std::span<const Entry*> found) {
  const auto count = static_cast<uint32_t>(found.size());
  if (table.probe == nullptr) {
    return table.lookup(&table, keys.data(), stride, count, found.data());
  }
  const uint64_t seed = fetch_plan(table).seed + seed_change;
  const uint32_t wide = stride + static_cast<uint32_t>(sizeof(uint64_t));
  std::vector<uint8_t> hashed(size_t{count} * wide);
  for (uint32_t i = 0; i < count; ++i) {
    const uint8_t* const key = keys.data() + size_t{i} * stride;
    const uint64_t hash = hash_key(key, stride / 8, seed);
    std::copy_n(key, stride, hashed.data() + size_t{i} * wide);
    std::memcpy(hashed.data() + size_t{i} * wide + stride, &hash, sizeof hash);
  }
  table.probe(&table, hashed.data(), wide, count, seed, found.data());
  for (uint32_t first = 0; first < count && table.confirm != nullptr; first += at_once) {
    const uint32_t some = std::min(at_once, count - first);
    table.confirm(&table, hashed.data() + size_t{first} * wide, wide, some, found.data() + first);
  }
}

}  // namespace outrigger::pipeline
