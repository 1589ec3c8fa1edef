// SharedMemory: the "guest's" memory of the load generator: one memfd, on huge pages where the machine has
// some, that a back end maps too. Guest physical addresses are offsets into it, plus guest_base.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace outrigger::load {

class SharedMemory {
 public:
  static constexpr uint64_t guest_base = 0x40000000;

  // `size_bytes` is rounded up to whole pages; all of it is touched.
  static Result<std::unique_ptr<SharedMemory>> create(uint64_t size_bytes);
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  // The next `bytes`, aligned; never given back. check()s that there is room.
  std::byte* allocate(uint64_t bytes, uint64_t alignment);
  void reset() noexcept { next_ = 0; }
  [[nodiscard]] uint64_t guest_address(const std::byte* at) const noexcept {
    return guest_base + static_cast<uint64_t>(at - base_);
  }
  [[nodiscard]] uint64_t user_address(const std::byte* at) const noexcept { return reinterpret_cast<uint64_t>(at); }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {base_, size_bytes_}; }
  [[nodiscard]] const UniqueFd& fd() const noexcept { return fd_; }
  [[nodiscard]] bool is_on_huge_pages() const noexcept { return is_huge_; }

 private:
  SharedMemory() = default;
  bool map(unsigned memfd_flags, uint64_t page_bytes, uint64_t size_bytes);

  UniqueFd fd_;
  std::byte* base_ = nullptr;
  uint64_t size_bytes_ = 0;
  uint64_t next_ = 0;
  bool is_huge_ = false;
};

}  // namespace outrigger::load
