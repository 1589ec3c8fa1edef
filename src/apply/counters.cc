#include "apply/counters.h"

namespace outrigger::apply {

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

}  // namespace outrigger::apply
