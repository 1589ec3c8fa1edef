// Chain: one buffer that the driver made available, as segments of our own address space; ChainReader: turns the
// driver's descriptors into one. Everything here comes from a hostile party: each descriptor is copied once and
// checked, and what is wrong with a buffer is a property of the chain, never a crash.
#pragma once

#include "virtio/guest_memory.h"
#include "virtio/ring_format.h"

#include <sys/uio.h>

#include <algorithm>
#include <cstdint>

namespace outrigger::virtio {

// Segments of one chain after splitting at region boundaries. Twice what we announce to drivers (SEG_MAX and the
// two of header and status); longer chains are refused one by one (§2.7.4.1 allows a reasonable limit).
inline constexpr uint32_t segments_per_chain_max = 256;
// Entries of an indirect table we walk before we call it a loop.
inline constexpr uint32_t indirect_entries_max = 1024;

// What a ring needs to take a buffer back.
struct ChainToken {
  uint16_t id = 0;         // split: index of the head; packed: buffer id
  uint16_t ring_count = 1; // ring slots the chain occupies (packed)
  uint16_t log_index = 0;  // its entry in the in-flight log
};

// What is wrong with the chain's buffers; the ring itself is fine.
enum class Defect : uint8_t {
  None,
  Unmapped,    // a buffer lies outside the guest's memory
  TooLong,     // more segments than we serve
  WrongOrder,  // a device-readable buffer after a device-writable one (§2.7.4.2)
};

struct Chain {
  ChainToken token;
  Defect defect = Defect::None;
  uint16_t count = 0;           // segments
  uint16_t readable_count = 0;  // the first of them: device-readable; the rest is device-writable
  iovec* segments = nullptr;    // small storage given by the caller, or its spill storage
  std::byte* last_writable = nullptr;  // with a defect: the last device-writable byte seen, or nullptr
};

// What came of looking for a chain.
enum class Pop : uint8_t { Empty, Chain, Broken };

class ChainReader {
 public:
  // Addresses are translated by `memory` from now on. It must live until it is replaced.
  void set_memory(const GuestMemory& memory) noexcept {
    memory_ = &memory;
    hint_ = nullptr;
  }

  // Starts a chain in `small` (`small_count` entries); when it needs more, everything moves to `spill`, which has
  // room for segments_per_chain_max.
  void begin(Chain& chain, iovec* small, uint32_t small_count, iovec* spill) noexcept {
    chain.defect = Defect::None;
    chain.count = 0;
    chain.readable_count = 0;
    chain.segments = small;
    chain.last_writable = nullptr;
    capacity_ = small_count;
    spill_ = spill;
  }

  // Adds the buffer of one descriptor. Empty buffers add nothing.
  void add(Chain& chain, uint64_t address, uint32_t length, bool is_writable) noexcept {
    const MemoryRegion* const region = hint_;
    if (region != nullptr && chain.defect == Defect::None) [[likely]] {
      const uint64_t offset = address - region->guest_address;
      if (offset < region->size_bytes && length <= region->size_bytes - offset && length != 0 &&
          chain.count < capacity_ && (is_writable || chain.readable_count == chain.count)) [[likely]] {
        chain.segments[chain.count] = {region->host + offset, length};
        ++chain.count;
        chain.readable_count = static_cast<uint16_t>(chain.readable_count + (is_writable ? 0 : 1));
        return;
      }
    }
    add_slowly(chain, address, length, is_writable);
  }

  // `length` bytes at guest physical `address` when one region holds them all; else nullptr.
  [[nodiscard]] std::byte* translate(uint64_t address, uint64_t length) noexcept {
    if (hint_ != nullptr) [[likely]] {
      const uint64_t offset = address - hint_->guest_address;
      if (offset < hint_->size_bytes && length <= hint_->size_bytes - offset) [[likely]] {
        return hint_->host + offset;
      }
    }
    return memory_->translate(address, length);
  }

 private:
  void add_slowly(Chain& chain, uint64_t address, uint32_t length, bool is_writable) noexcept;
  void store(Chain& chain, iovec segment, bool is_writable) noexcept;

  const GuestMemory* memory_ = nullptr;
  const MemoryRegion* hint_ = nullptr;  // where the last address was found
  uint32_t capacity_ = 0;
  iovec* spill_ = nullptr;
};

}  // namespace outrigger::virtio
