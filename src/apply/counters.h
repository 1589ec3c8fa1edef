// Counters of the data plane in the control plane's words.
#pragma once

#include "block/counters.h"
#include "model/hooks.h"

namespace outrigger::apply {

// The nine numbers of OPI's VolumeStats, in 64 bits; latencies in nanoseconds.
[[nodiscard]] model::VolumeCounters volume_counters(const block::CounterSums& sums);

[[nodiscard]] model::VolumeCounters sum(const model::VolumeCounters& a, const model::VolumeCounters& b) noexcept;
// What was counted since `earlier`.
[[nodiscard]] model::VolumeCounters since(const model::VolumeCounters& earlier,
                                          const model::VolumeCounters& now) noexcept;

}  // namespace outrigger::apply
