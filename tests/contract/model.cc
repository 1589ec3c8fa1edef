#include "contract/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace outrigger::contract {

bool Model::is_known(uint64_t lba, uint64_t count) const {
  for (uint64_t i = lba; i < lba + count; ++i) {
    if (!is_known_[i]) {
      return false;
    }
  }
  return true;
}

void Model::write(uint64_t lba, uint64_t count, std::span<const std::byte> data) {
  std::memcpy(bytes_.data() + lba * block_size_, data.data(), count * block_size_);
  for (uint64_t i = lba; i < lba + count; ++i) {
    is_known_[i] = true;
  }
}

void Model::zero(uint64_t lba, uint64_t count) {
  std::memset(bytes_.data() + lba * block_size_, 0, count * block_size_);
  for (uint64_t i = lba; i < lba + count; ++i) {
    is_known_[i] = true;
  }
}

void Model::forget(uint64_t lba, uint64_t count) {
  for (uint64_t i = lba; i < lba + count; ++i) {
    is_known_[i] = false;
  }
}

void Model::copy(uint64_t source_lba, uint64_t lba, uint64_t count) {
  const std::vector<std::byte> data(blocks(source_lba, count).begin(), blocks(source_lba, count).end());
  const std::vector<bool> known(is_known_.begin() + static_cast<ptrdiff_t>(source_lba),
                                is_known_.begin() + static_cast<ptrdiff_t>(source_lba + count));
  write(lba, count, data);
  std::copy(known.begin(), known.end(), is_known_.begin() + static_cast<ptrdiff_t>(lba));
}

void Model::resize(uint64_t block_count) {
  bytes_.resize(block_count * block_size_);
  is_known_.resize(block_count, false);
}

std::string Model::difference(uint64_t lba, std::span<const std::byte> data) const {
  for (uint64_t i = 0; i < data.size() / block_size_; ++i) {
    const auto expected = blocks(lba + i, 1);
    const auto actual = data.subspan(i * block_size_, block_size_);
    if (is_known_[lba + i] && std::memcmp(expected.data(), actual.data(), block_size_) != 0) {
      const auto at = std::ranges::mismatch(expected, actual).in1 - expected.begin();
      return fmt::format("block {} differs from byte {} on: {:#04x} where {:#04x} was written", lba + i, at,
                         std::to_integer<unsigned>(actual[static_cast<size_t>(at)]),
                         std::to_integer<unsigned>(expected[static_cast<size_t>(at)]));
    }
  }
  return {};
}

}  // namespace outrigger::contract
