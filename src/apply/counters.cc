#include "apply/counters.h"

#include <algorithm>

namespace outrigger::apply {
namespace {

template <typename Combine>
model::VolumeCounters combine(const model::VolumeCounters& a, const model::VolumeCounters& b,
                              const Combine& combined) noexcept {
  return {.read_bytes = combined(a.read_bytes, b.read_bytes),
          .read_operations = combined(a.read_operations, b.read_operations),
          .read_latency_ns = combined(a.read_latency_ns, b.read_latency_ns),
          .write_bytes = combined(a.write_bytes, b.write_bytes),
          .write_operations = combined(a.write_operations, b.write_operations),
          .write_latency_ns = combined(a.write_latency_ns, b.write_latency_ns),
          .unmap_bytes = combined(a.unmap_bytes, b.unmap_bytes),
          .unmap_operations = combined(a.unmap_operations, b.unmap_operations),
          .unmap_latency_ns = combined(a.unmap_latency_ns, b.unmap_latency_ns)};
}

}  // namespace

model::VolumeCounters volume_counters(const block::CounterSums& sums) {
  const block::OpSums& read = sums.of(block::OpClass::Read);
  const block::OpSums& write = sums.of(block::OpClass::Write);
  const block::OpSums& unmap = sums.of(block::OpClass::Unmap);
  return {.read_bytes = read.bytes,
          .read_operations = read.operations,
          .read_latency_ns = read.latency_ns,
          .write_bytes = write.bytes,
          .write_operations = write.operations,
          .write_latency_ns = write.latency_ns,
          .unmap_bytes = unmap.bytes,
          .unmap_operations = unmap.operations,
          .unmap_latency_ns = unmap.latency_ns};
}

model::VolumeCounters sum(const model::VolumeCounters& a, const model::VolumeCounters& b) noexcept {
  return combine(a, b, [](uint64_t x, uint64_t y) { return x + y; });
}

model::VolumeCounters since(const model::VolumeCounters& earlier, const model::VolumeCounters& now) noexcept {
  return combine(earlier, now, [](uint64_t before, uint64_t after) { return after - std::min(before, after); });
}

}  // namespace outrigger::apply
