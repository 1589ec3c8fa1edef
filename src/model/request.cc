#include "model/request.h"

#include "storage/opicommon.pb.h"

#include <limits>

namespace outrigger::model {

namespace {

// OPI's counters have 32 bits: one that no longer fits stays at the largest.
int32_t saturate(uint64_t value) noexcept {
  constexpr auto most = std::numeric_limits<int32_t>::max();
  return value > static_cast<uint64_t>(most) ? most : static_cast<int32_t>(value);
}

constexpr uint64_t ns_per_tick = 1000;  // a tick is a microsecond

}  // namespace

void Answer::set_stats(const VolumeCounters& counters) {
  const auto* const field = message_->GetDescriptor()->FindFieldByName("stats");
  check(field != nullptr, "a Stats answer has stats");
  auto& stats = static_cast<opi_api::storage::v1::VolumeStats&>(
      *message_->GetReflection()->MutableMessage(message_.get(), field));
  stats.set_read_bytes_count(saturate(counters.read_bytes));
  stats.set_read_ops_count(saturate(counters.read_operations));
  stats.set_write_bytes_count(saturate(counters.write_bytes));
  stats.set_write_ops_count(saturate(counters.write_operations));
  stats.set_unmap_bytes_count(saturate(counters.unmap_bytes));
  stats.set_unmap_ops_count(saturate(counters.unmap_operations));
  stats.set_read_latency_ticks(saturate(counters.read_latency_ns / ns_per_tick));
  stats.set_write_latency_ticks(saturate(counters.write_latency_ns / ns_per_tick));
  stats.set_unmap_latency_ticks(saturate(counters.unmap_latency_ns / ns_per_tick));
}

}  // namespace outrigger::model
