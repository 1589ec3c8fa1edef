// What a table looks like: key fields, actions, size. And how the values of a key's fields become the packed bytes that
// abi.h describes: a `value` and a `bound`, both of key_bytes. The bound is the mask (all ones for exact, the prefix's
// bits for lpm, all ones or none for optional), and for a range field its upper end.
#pragma once

#include "base/result.h"
#include "pipeline/limits.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace outrigger::pipeline {

enum class MatchKind : uint8_t { Exact, Lpm, Ternary, Range, Optional };

std::string_view match_kind_name(MatchKind kind) noexcept;

struct KeyField {
  std::string name;
  MatchKind kind = MatchKind::Exact;
  uint32_t width_bits = 0;

  [[nodiscard]] uint32_t bytes() const noexcept { return (width_bits + 7) / 8; }
};

// Which structure finds the entries. Automatic: chosen by key and size; the others are for tests and measurements.
enum class StructureKind : uint8_t { Automatic, Linear, Exact, Direct, Dir24, Trie, TupleSpace, BitVector };

std::string_view structure_kind_name(StructureKind kind) noexcept;

enum class CounterUnit : uint8_t { None, Packets, Bytes, PacketsAndBytes };

struct TableShape {
  std::string name;  // for errors
  std::vector<KeyField> key;
  std::vector<uint32_t> action_data_bytes;  // for each action
  uint64_t size = 1024;                     // entries; at most entries_max count
  bool is_size_asked = true;                // false: nobody said how many; nothing is reserved for many then
  bool smaller_priority_wins = false;       // as `largest_priority_wins = false` of P4-16; P4Runtime's is false
  bool has_idle_timeout = false;
  bool is_default_const = false;
  StructureKind structure = StructureKind::Automatic;

  [[nodiscard]] uint32_t key_bytes() const noexcept;
  [[nodiscard]] uint32_t data_bytes() const noexcept;  // of the largest action
  [[nodiscard]] uint32_t entries() const noexcept;     // `size` within the limit
  [[nodiscard]] bool has_only(MatchKind kind) const noexcept;
  [[nodiscard]] bool has(MatchKind kind) const noexcept;
  // Entries may overlap without one being more specific: ternary, range or optional fields. Then priorities decide.
  [[nodiscard]] bool is_ranked() const noexcept;
  [[nodiscard]] Result<> check_shape() const;
};

// One field's match; values in ⌈width/8⌉ bytes, most significant first.
struct FieldMatch {
  std::vector<uint8_t> value = {};  // Range: the lower end
  std::vector<uint8_t> bound = {};  // Ternary: the mask; Range: the upper end
  uint32_t prefix_bits = 0;         // Lpm
  bool is_present = true;           // Optional; without it ternary and lpm match anything, a range all values
};

// A whole key's match, packed. Bits of the value that the mask leaves out are zero after canonicalise().
struct KeyMatch {
  std::vector<uint8_t> value = {};
  std::vector<uint8_t> bound = {};

  friend bool operator==(const KeyMatch&, const KeyMatch&) = default;
};

// One match for each field, in order. Errors name the field and what is wrong with it.
Result<KeyMatch> pack_match(const TableShape& shape, std::span<const FieldMatch> fields);
// Checks packed bytes that somebody else made (widths, prefixes, ranges) and zeroes what the masks leave out. Returns
// the length of the lpm field's prefix, 0 without one.
Result<uint32_t> canonicalise(const TableShape& shape, std::span<uint8_t> value, std::span<uint8_t> bound);
// Does the key match? The plain meaning, field by field.
bool matches(const TableShape& shape, const uint8_t* value, const uint8_t* bound, const uint8_t* key) noexcept;

}  // namespace outrigger::pipeline
