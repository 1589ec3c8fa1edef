// Model: what a device must hold, byte for byte, and which of its blocks nobody can know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace outrigger::contract {

class Model {
 public:
  Model(uint32_t block_size, uint64_t block_count)
      : block_size_(block_size), bytes_(block_size * block_count), is_known_(block_count, false) {}

  [[nodiscard]] uint32_t block_size() const noexcept { return block_size_; }
  [[nodiscard]] uint64_t block_count() const noexcept { return is_known_.size(); }
  [[nodiscard]] std::span<const std::byte> blocks(uint64_t lba, uint64_t count) const {
    return std::span(bytes_).subspan(lba * block_size_, count * block_size_);
  }
  [[nodiscard]] bool is_known(uint64_t lba, uint64_t count) const;

  void write(uint64_t lba, uint64_t count, std::span<const std::byte> data);
  void zero(uint64_t lba, uint64_t count);
  // Discarded, or hit by a failure: anything may be there until it is written again.
  void forget(uint64_t lba, uint64_t count);
  void copy(uint64_t source_lba, uint64_t lba, uint64_t count);
  // New blocks are unknown.
  void resize(uint64_t block_count);

  // What differs between `data`, read at `lba`, and the known blocks; empty when nothing does.
  [[nodiscard]] std::string difference(uint64_t lba, std::span<const std::byte> data) const;

 private:
  uint32_t block_size_;
  std::vector<std::byte> bytes_;
  std::vector<bool> is_known_;
};

}  // namespace outrigger::contract
