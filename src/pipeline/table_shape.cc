// Table shapes and packed matches.
#include "pipeline/table_shape.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace outrigger::pipeline {

std::string_view match_kind_name(MatchKind kind) noexcept {
  switch (kind) {
    case MatchKind::Exact: return "exact";
    case MatchKind::Lpm: return "lpm";
    case MatchKind::Ternary: return "ternary";
    case MatchKind::Range: return "range";
    case MatchKind::Optional: return "optional";
  }
  return "?";
}

std::string_view structure_kind_name(StructureKind kind) noexcept {
  switch (kind) {
    case StructureKind::Automatic: return "automatic";
    case StructureKind::Linear: return "linear";
    case StructureKind::Exact: return "exact";
    case StructureKind::Direct: return "direct";
    case StructureKind::Dir24: return "dir24";
    case StructureKind::Trie: return "trie";
    case StructureKind::TupleSpace: return "tuple_space";
    case StructureKind::BitVector: return "bit_vector";
  }
  return "?";
}

uint32_t TableShape::key_bytes() const noexcept {
  uint32_t bytes = 0;
  for (const KeyField& field : key) {
    bytes += field.bytes();
  }
  return bytes;
}

uint32_t TableShape::data_bytes() const noexcept {
  return action_data_bytes.empty() ? 0 : *std::ranges::max_element(action_data_bytes);
}

uint32_t TableShape::entries() const noexcept { return static_cast<uint32_t>(std::min<uint64_t>(size, entries_max)); }

bool TableShape::has_only(MatchKind kind) const noexcept {
  return std::ranges::all_of(key, [kind](const KeyField& field) { return field.kind == kind; });
}

bool TableShape::has(MatchKind kind) const noexcept {
  return std::ranges::any_of(key, [kind](const KeyField& field) { return field.kind == kind; });
}

bool TableShape::is_ranked() const noexcept {
  return has(MatchKind::Ternary) || has(MatchKind::Range) || has(MatchKind::Optional);
}

Result<> TableShape::check_shape() const {
  if (key.size() > key_fields_max) {
    return fail(Code::ResourceExhausted, "table {} has {} key fields; at most {} are possible", name, key.size(),
                key_fields_max);
  }
  uint64_t bytes = 0;
  uint32_t lpm_count = 0;
  for (const KeyField& field : key) {
    if (field.width_bits == 0) {
      return fail(Code::InvalidArgument, "table {}: key field {} has no bits", name, field.name);
    }
    bytes += (uint64_t{field.width_bits} + 7) / 8;
    lpm_count += field.kind == MatchKind::Lpm ? 1 : 0;
  }
  if (bytes > key_bytes_max) {
    return fail(Code::ResourceExhausted, "table {} has a key of {} bytes; at most {} are possible", name, bytes,
                key_bytes_max);
  }
  if (lpm_count > 1) {
    return fail(Code::InvalidArgument, "table {} has {} lpm fields; a key has at most one", name, lpm_count);
  }
  if (action_data_bytes.size() > actions_max || data_bytes() > action_data_bytes_max) {
    return fail(Code::ResourceExhausted,
                "table {} has {} actions with data of {} bytes; at most {} with {} are possible", name,
                action_data_bytes.size(), data_bytes(), actions_max, action_data_bytes_max);
  }
  return {};
}

namespace {

// The bits of a field's first byte that belong to its width.
uint8_t top_byte_mask(const KeyField& field) noexcept {
  const uint32_t used = field.width_bits % 8;
  return used == 0 ? 0xFF : static_cast<uint8_t>((1U << used) - 1);
}

// All ones within the width.
void fill_ones(const KeyField& field, std::span<uint8_t> bytes) noexcept {
  std::ranges::fill(bytes, uint8_t{0xFF});
  bytes[0] = top_byte_mask(field);
}

bool fits(const KeyField& field, std::span<const uint8_t> bytes) noexcept {
  return (bytes[0] & ~top_byte_mask(field)) == 0;
}

void fill_prefix(const KeyField& field, uint32_t prefix_bits, std::span<uint8_t> bytes) noexcept {
  // Counted from the field's first bit, which is `padding` bits into its first byte.
  const uint32_t padding = 8 * field.bytes() - field.width_bits;
  for (uint32_t i = 0; i < field.bytes(); ++i) {
    const uint32_t end = padding + prefix_bits;
    const uint32_t ones = end <= 8 * i ? 0 : std::min<uint32_t>(8, end - 8 * i);
    bytes[i] = static_cast<uint8_t>(0xFF00U >> ones);
  }
  bytes[0] &= top_byte_mask(field);
}

// The prefix's length when the mask is one.
Result<uint32_t> prefix_of(const TableShape& shape, const KeyField& field, std::span<const uint8_t> mask) {
  uint32_t bits = 0;
  for (const uint8_t byte : mask) {
    bits += static_cast<uint32_t>(std::popcount(byte));
  }
  std::vector<uint8_t> wanted(mask.size());
  fill_prefix(field, bits, wanted);
  if (!std::ranges::equal(wanted, mask)) {
    return fail(Code::InvalidArgument, "table {}: key field {}: the mask of an lpm field is a prefix", shape.name,
                field.name);
  }
  return bits;
}

Result<> expect_bytes(const TableShape& shape, const KeyField& field, std::span<const uint8_t> bytes,
                      std::string_view what) {
  if (bytes.size() != field.bytes() || !fits(field, bytes)) {
    return fail(Code::InvalidArgument, "table {}: key field {}: the {} does not fit bit<{}> ({} bytes given)",
                shape.name, field.name, what, field.width_bits, bytes.size());
  }
  return {};
}

Result<> pack_field(const TableShape& shape, const KeyField& field, const FieldMatch& match, std::span<uint8_t> value,
                    std::span<uint8_t> bound) {
  if (!match.is_present) {
    if (field.kind == MatchKind::Exact) {
      return fail(Code::InvalidArgument, "table {}: key field {} is exact and needs a value", shape.name, field.name);
    }
    if (field.kind == MatchKind::Range) {
      fill_ones(field, bound);
    }
    return {};
  }
  OR_TRY(expect_bytes(shape, field, match.value, "value"));
  std::ranges::copy(match.value, value.begin());
  switch (field.kind) {
    case MatchKind::Exact:
    case MatchKind::Optional: fill_ones(field, bound); break;
    case MatchKind::Lpm:
      if (match.prefix_bits > field.width_bits) {
        return fail(Code::InvalidArgument, "table {}: key field {}: a prefix of {} bits in bit<{}>", shape.name,
                    field.name, match.prefix_bits, field.width_bits);
      }
      fill_prefix(field, match.prefix_bits, bound);
      break;
    case MatchKind::Ternary:
    case MatchKind::Range:
      OR_TRY(expect_bytes(shape, field, match.bound, field.kind == MatchKind::Range ? "upper end" : "mask"));
      std::ranges::copy(match.bound, bound.begin());
      break;
  }
  return {};
}

Result<uint32_t> canonicalise_field(const TableShape& shape, const KeyField& field, std::span<uint8_t> value,
                                    std::span<uint8_t> bound) {
  OR_TRY(expect_bytes(shape, field, value, "value"));
  OR_TRY(expect_bytes(shape, field, bound, "mask or upper end"));
  uint32_t prefix_bits = 0;
  if (field.kind == MatchKind::Range) {
    if (std::ranges::lexicographical_compare(bound, value)) {
      return fail(Code::InvalidArgument, "table {}: key field {}: the range ends before it begins", shape.name,
                  field.name);
    }
    return prefix_bits;
  }
  std::vector<uint8_t> ones(bound.size());
  fill_ones(field, ones);
  const bool is_full = std::ranges::equal(ones, bound);
  const bool is_empty = std::ranges::all_of(bound, [](uint8_t byte) { return byte == 0; });
  if ((field.kind == MatchKind::Exact && !is_full) || (field.kind == MatchKind::Optional && !is_full && !is_empty)) {
    return fail(Code::InvalidArgument, "table {}: key field {} is {} and takes no mask", shape.name, field.name,
                match_kind_name(field.kind));
  }
  if (field.kind == MatchKind::Lpm) {
    OR_ASSIGN(prefix_bits, prefix_of(shape, field, bound));
  }
  for (size_t i = 0; i < value.size(); ++i) {
    value[i] &= bound[i];
  }
  return prefix_bits;
}

}  // namespace

Result<KeyMatch> pack_match(const TableShape& shape, std::span<const FieldMatch> fields) {
  if (fields.size() != shape.key.size()) {
    return fail(Code::InvalidArgument, "table {} has {} key fields; {} were given", shape.name, shape.key.size(),
                fields.size());
  }
  KeyMatch packed{std::vector<uint8_t>(shape.key_bytes()), std::vector<uint8_t>(shape.key_bytes())};
  size_t at = 0;
  for (size_t i = 0; i < fields.size(); ++i) {
    const KeyField& field = shape.key[i];
    OR_TRY(pack_field(shape, field, fields[i], std::span(packed.value).subspan(at, field.bytes()),
                      std::span(packed.bound).subspan(at, field.bytes())));
    at += field.bytes();
  }
  OR_TRY(canonicalise(shape, packed.value, packed.bound));
  return packed;
}

Result<uint32_t> canonicalise(const TableShape& shape, std::span<uint8_t> value, std::span<uint8_t> bound) {
  const size_t bytes = shape.key_bytes();
  if (value.size() != bytes || bound.size() != bytes) {
    return fail(Code::InvalidArgument, "table {} has a key of {} bytes; {} and {} were given", shape.name, bytes,
                value.size(), bound.size());
  }
  uint32_t prefix_bits = 0;
  size_t at = 0;
  for (const KeyField& field : shape.key) {
    OR_ASSIGN(const uint32_t bits,
              canonicalise_field(shape, field, value.subspan(at, field.bytes()), bound.subspan(at, field.bytes())));
    prefix_bits += bits;
    at += field.bytes();
  }
  return prefix_bits;
}

bool matches(const TableShape& shape, const uint8_t* value, const uint8_t* bound, const uint8_t* key) noexcept {
  for (const KeyField& field : shape.key) {
    const uint32_t bytes = field.bytes();
    if (field.kind == MatchKind::Range) {
      if (std::memcmp(key, value, bytes) < 0 || std::memcmp(key, bound, bytes) > 0) {
        return false;
      }
    } else {
      for (uint32_t i = 0; i < bytes; ++i) {
        if ((key[i] & bound[i]) != value[i]) {
          return false;
        }
      }
    }
    key += bytes;
    value += bytes;
    bound += bytes;
  }
  return true;
}

}  // namespace outrigger::pipeline
