// Counters: what one channel did, written by its core alone and read by anybody; CounterSums: the same added up.
#pragma once

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
  Histogram latency;
};

struct Counters {
  std::array<OpCounters, op_class_count> by_class;
};

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
};

}  // namespace outrigger::block
