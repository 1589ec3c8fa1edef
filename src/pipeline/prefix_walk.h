// PrefixWalk: which shorter prefix covers a prefix that goes away? The one question that tries and DIR-24-8 ask the
// records.
#pragma once

#include "pipeline/record_store.h"

#include <vector>

namespace outrigger::pipeline {

class PrefixWalk {
 public:
  explicit PrefixWalk(RecordStore& store);

  // Where the lpm field is in the key.
  [[nodiscard]] uint32_t field_offset() const noexcept { return offset_; }
  [[nodiscard]] uint32_t field_bytes() const noexcept { return bytes_; }
  [[nodiscard]] uint32_t field_width_bits() const noexcept { return width_bits_; }
  // Bits of the field's first byte that are not of its width.
  [[nodiscard]] uint32_t padding_bits() const noexcept { return 8 * bytes_ - width_bits_; }

  void count(uint32_t prefix_bits, bool is_more) noexcept { is_more ? ++counts_[prefix_bits] : --counts_[prefix_bits]; }
  // The longest published prefix of at least `least` and less than `below` bits that covers this record's, or 0.
  [[nodiscard]] uint32_t cover(uint32_t reference, uint32_t least, uint32_t below);

 private:
  RecordStore& store_;
  uint32_t offset_ = 0;
  uint32_t bytes_ = 0;
  uint32_t width_bits_ = 0;
  std::vector<uint32_t> counts_;  // entries by length: most lengths have none
  std::vector<uint8_t> value_;
  std::vector<uint8_t> bound_;
};

}  // namespace outrigger::pipeline
