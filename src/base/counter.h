// Counters that one thread writes and anybody reads: adding needs no locked instruction.
#pragma once

#include <atomic>
#include <cstdint>

namespace outrigger {

// The only writer.
inline void add_to(std::atomic<uint64_t>& counter, uint64_t value) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
}

}  // namespace outrigger
