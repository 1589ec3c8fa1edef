// PrefixWalk: one look into the store for each length that has entries.
#include "pipeline/prefix_walk.h"

#include <algorithm>

namespace outrigger::pipeline {

PrefixWalk::PrefixWalk(RecordStore& store) : store_(store) {
  for (const KeyField& field : store.shape().key) {
    if (field.kind == MatchKind::Lpm) {
      bytes_ = field.bytes();
      width_bits_ = field.width_bits;
      break;
    }
    offset_ += field.bytes();
  }
  counts_.resize(size_t{width_bits_} + 1);
}

uint32_t PrefixWalk::cover(uint32_t reference, uint32_t least, uint32_t below) {
  value_.assign(store_.value(reference), store_.value(reference) + store_.key_stride_bytes());
  bound_.assign(store_.bound(reference), store_.bound(reference) + store_.key_stride_bytes());
  for (uint32_t bits = below; bits > least; --bits) {
    // Bit `bits - 1` of the field goes, counted from its first.
    const uint32_t at = padding_bits() + bits - 1;
    const auto keep = static_cast<uint8_t>(~(0x80U >> at % 8));
    value_[offset_ + at / 8] &= keep;
    bound_[offset_ + at / 8] &= keep;
    if (counts_[bits - 1] != 0) {
      if (const uint32_t found = store_.find(value_.data(), bound_.data(), 0); found != 0) {
        return found;
      }
    }
  }
  return 0;
}

}  // namespace outrigger::pipeline
