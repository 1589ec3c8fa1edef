// GuestMemory: one immutable version of a guest's memory table, and DirtyLog: the shared bitmap in which a back end
// marks the pages it wrote while the guest migrates. Built by the transport, used by queues on any core.
#pragma once

#include "base/result.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace outrigger::virtio {

// A mapping that lives as long as any memory version that shows it.
class Mapping {
 public:
  virtual ~Mapping() = default;
};

struct MemoryRegion {
  uint64_t guest_address = 0;  // guest physical
  uint64_t size_bytes = 0;
  uint64_t user_address = 0;  // in the front end's address space: what ring addresses are given in
  std::byte* host = nullptr;  // where it is mapped here
  std::shared_ptr<Mapping> mapping;
};

class GuestMemory {
 public:
  static constexpr size_t regions_max = 64;
  // Far beyond what a dirty log covers, offsets added or not.
  static constexpr uint64_t no_address = 1ULL << 63;

  // Refuses regions that are empty, wrap around or overlap in guest addresses, and too many of them. User addresses
  // may overlap: a front end may show the same memory at two guest addresses.
  static Result<std::shared_ptr<const GuestMemory>> create(std::vector<MemoryRegion> regions);

  // The host address of `length` bytes at guest physical `address` when they lie within one region; else nullptr.
  // Hot path: remembers nothing, takes nothing; the caller keeps the last region as a hint.
  [[nodiscard]] std::byte* translate(uint64_t address, uint64_t length) const noexcept;
  // The same for an address of the front end's address space.
  [[nodiscard]] std::byte* translate_user(uint64_t address, uint64_t length) const noexcept;
  // The guest physical address of host address `at`; no_address when no region shows it.
  [[nodiscard]] uint64_t guest_address_of(const std::byte* at) const noexcept;
  // Bytes that follow `address` inside its region (0 when there is none): a buffer may span regions that adjoin.
  [[nodiscard]] uint64_t contiguous_from(uint64_t address) const noexcept;
  [[nodiscard]] std::span<const MemoryRegion> regions() const noexcept { return regions_; }
  // The region that holds the byte at guest physical `address`, or nullptr.
  [[nodiscard]] const MemoryRegion* find(uint64_t address) const noexcept;

 private:
  GuestMemory() = default;
  std::vector<MemoryRegion> regions_;  // sorted by guest address
};

// One bit per 4096-byte page of guest physical memory; bits are only set, atomically. Out-of-range marks are ignored.
class DirtyLog {
 public:
  static constexpr uint64_t page_bytes = 4096;

  DirtyLog(std::span<std::byte> bitmap, std::shared_ptr<Mapping> mapping) noexcept
      : bitmap_(bitmap), mapping_(std::move(mapping)) {}
  void mark(uint64_t guest_address, uint64_t length) noexcept;

 private:
  std::span<std::byte> bitmap_;
  std::shared_ptr<Mapping> mapping_;
};

}  // namespace outrigger::virtio
