// Workload: drives the queues of one virtio-blk device from one thread, polling, at a constant depth, and
// says how fast that was.
#pragma once

#include "base/result.h"
#include "load/frontend.h"
#include "load/latency.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::load {

struct WorkloadOptions {
  uint32_t depth = 32;  // I/Os in flight per queue
  uint16_t queue_count = 1;
  uint32_t io_bytes = 4096;  // a multiple of 512
  uint32_t write_percent = 0;
  bool is_random = true;
  bool is_verifying = false;  // every write has its own pattern, every read is compared with the last write
  uint64_t span_bytes = 0;    // of the device that are used; 0: all of it
  double seconds = 2;
  uint64_t seed = 1;
  bool is_packed = false;
  bool is_indirect = false;
  bool has_event_idx = true;
};

struct Outcome {
  uint64_t io_count = 0;
  uint64_t error_count = 0;     // I/Os whose status was not OK
  uint64_t mismatch_count = 0;  // reads that did not show what was written
  uint64_t kick_count = 0;
  double seconds = 0;
  double average_us = 0;
  double p50_us = 0;
  double p99_us = 0;
  double p999_us = 0;
  [[nodiscard]] double iops() const noexcept { return seconds > 0 ? static_cast<double>(io_count) / seconds : 0; }
};

// The features to ask a back end for.
uint64_t wanted_features(const WorkloadOptions& options) noexcept;
// The layout of each queue, for a back end that agreed to `features`.
QueueLayout layout_of(const WorkloadOptions& options, uint64_t features) noexcept;

// Connects to the back end at `path`, runs, and lets go in good order.
Result<Outcome> run_at(const std::string& path, const WorkloadOptions& options);

// How long single reads take that come after `gap_ms` of silence each, from kick to completion.
Result<Outcome> run_after_idle(const std::string& path, const WorkloadOptions& options, uint32_t gap_ms,
                               uint32_t sample_count);

// Connects, does some I/O, says "held" on standard output and stays connected in silence until the process is killed.
Result<void> hold(const std::string& path, const WorkloadOptions& options);

// The same loop against a thread on `backend_cpu` that gives every I/O back at once and touches no data: how
// fast the generator itself can be.
Result<Outcome> run_ceiling(const WorkloadOptions& options, int backend_cpu);

// Nanoseconds for a cache line to go from this thread's core to that of `other_cpu` and back.
double ping_pong_ns(int other_cpu);

// This thread runs on `cpu` from now on; -1: wherever.
void pin_to(int cpu);

}  // namespace outrigger::load
