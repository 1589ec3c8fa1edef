#include "block/counters.h"

namespace outrigger::block {

void CounterSums::add(const Counters& counters) noexcept {
  for (size_t i = 0; i < op_class_count; ++i) {
    const OpCounters& from = counters.by_class[i];
    OpSums& sums = by_class[i];
    sums.operations += from.operations.load(std::memory_order_relaxed);
    sums.bytes += from.bytes.load(std::memory_order_relaxed);
    sums.errors += from.errors.load(std::memory_order_relaxed);
    sums.latency_ns += from.latency_ns.load(std::memory_order_relaxed);
    for (size_t bucket = 0; bucket < Histogram::bucket_count; ++bucket) {
      sums.latency[bucket] += from.latency.count_at(bucket);
    }
  }
}

void CounterSums::add(const CounterSums& others) noexcept {
  for (size_t i = 0; i < op_class_count; ++i) {
    const OpSums& from = others.by_class[i];
    OpSums& sums = by_class[i];
    sums.operations += from.operations;
    sums.bytes += from.bytes;
    sums.errors += from.errors;
    sums.latency_ns += from.latency_ns;
    for (size_t bucket = 0; bucket < Histogram::bucket_count; ++bucket) {
      sums.latency[bucket] += from.latency[bucket];
    }
  }
}

}  // namespace outrigger::block
