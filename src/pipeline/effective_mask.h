// The bits of a key that an entry surely wants, as a mask: its mask, and of a range the bits that both ends share at
// the front. Ternary structures find candidates by these bits and then compare the whole.
#pragma once

#include "pipeline/record_store.h"

#include <bit>
#include <vector>

namespace outrigger::pipeline {

// Of key_stride() bytes.
inline std::vector<uint8_t> effective_mask(const RecordStore& store, uint32_t reference) {
  const uint8_t* const value = store.value(reference);
  const uint8_t* const bound = store.bound(reference);
  std::vector<uint8_t> mask(bound, bound + store.key_stride_bytes());
  size_t at = 0;
  for (const KeyField& field : store.shape().key) {
    bool is_shared = field.kind == MatchKind::Range;
    for (size_t i = at; i < at + field.bytes() && field.kind == MatchKind::Range; ++i) {
      const auto difference = static_cast<uint8_t>(value[i] ^ bound[i]);
      mask[i] = is_shared ? static_cast<uint8_t>(0xFF00U >> std::countl_zero(difference)) : uint8_t{0};
      is_shared = is_shared && difference == 0;
    }
    at += field.bytes();
  }
  return mask;
}

// Does the record match the key as a whole? Both padded.
inline bool is_match(const RecordStore& store, bool has_ranges, uint32_t reference, const uint8_t* key) noexcept {
  const uint8_t* const value = store.value(reference);
  const uint8_t* const bound = store.bound(reference);
  if (has_ranges) {
    return matches(store.shape(), value, bound, key);
  }
  uint64_t difference = 0;
  for (uint32_t i = 0; i < store.key_words(); ++i) {
    difference |= (load_word(key + 8 * i) ^ load_word(value + 8 * i)) & load_word(bound + 8 * i);
  }
  return difference == 0;
}

}  // namespace outrigger::pipeline
