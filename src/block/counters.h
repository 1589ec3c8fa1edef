// Counters: what one channel did, written by its core alone and read by anybody; CounterSums: the same added up.
#pragma once

#include "base/counter.h"
#include "base/histogram.h"
#include "block/request.h"

#include <array>
#include <atomic>
#include <cstdint>

namespace outrigger::block {

// The operations that are counted separately; everything else counts as Other.
enum class OpClass : uint8_t { Read, Write, Unmap, Flush, Other };
inline constexpr size_t op_class_count = 5;

constexpr OpClass class_of(Op op) noexcept {
  switch (op) {
    case Op::Read: return OpClass::Read;
    case Op::Write: return OpClass::Write;
    case Op::Discard:
    case Op::WriteZeroes: return OpClass::Unmap;
    case Op::Flush: return OpClass::Flush;
    case Op::CompareAndWrite:
    case Op::Copy:
    case Op::Reset: return OpClass::Other;
  }
  return OpClass::Other;
}

struct OpCounters {
  std::atomic<uint64_t> operations{0};
  std::atomic<uint64_t> bytes{0};
  std::atomic<uint64_t> errors{0};
  std::atomic<uint64_t> latency_ns{0};  // summed
  Histogram latency;                    // in nanoseconds

  // The core that owns the counters: one operation ended.
  void add(uint64_t byte_count, uint64_t duration_ns, bool is_error) noexcept {
    add_to(operations, 1);
    add_to(latency_ns, duration_ns);
    latency.add(duration_ns);
    if (is_error) [[unlikely]] {
      add_to(errors, 1);
    } else {
      add_to(bytes, byte_count);
    }
  }
};

// On cache lines of its own: each belongs to one core.
struct alignas(64) Counters {
  std::array<OpCounters, op_class_count> by_class;
};

// `bytes` are those of operations that succeeded; `operations` and `latency_ns` include those that failed.
struct OpSums {
  uint64_t operations = 0;
  uint64_t bytes = 0;
  uint64_t errors = 0;
  uint64_t latency_ns = 0;
  std::array<uint64_t, Histogram::bucket_count> latency{};
};

struct CounterSums {
  std::array<OpSums, op_class_count> by_class{};
  [[nodiscard]] const OpSums& of(OpClass op_class) const { return by_class[static_cast<size_t>(op_class)]; }
  // Adds what a channel counted so far. Any thread.
  void add(const Counters& counters) noexcept;
  void add(const CounterSums& others) noexcept;
};

}  // namespace outrigger::block
