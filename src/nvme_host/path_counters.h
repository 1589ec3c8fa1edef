// PathCounters: what one path did on one core, for all namespaces; written by that core alone, read by anybody.
// PathStatistics: the same added up over the cores.
#pragma once

#include "base/counter.h"
#include "base/histogram.h"
#include "nvme_host/path.h"
#include "nvme_host/remote_limits.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace outrigger::nvme_host {

// On cache lines of its own.
struct alignas(64) PathCounters {
  std::atomic<uint64_t> commands{0};  // that ended, well or not
  std::atomic<uint64_t> reads{0};     // of them: data came, data went
  std::atomic<uint64_t> writes{0};
  std::atomic<uint64_t> in_flight{0};
  std::atomic<uint64_t> read_bytes{0};
  std::atomic<uint64_t> written_bytes{0};
  std::atomic<uint64_t> errors{0};   // commands that did not succeed
  std::atomic<uint64_t> retries{0};  // commands that will be sent again, here or elsewhere
  std::atomic<uint64_t> latency_ns{0};
  std::atomic<uint64_t> read_latency_ns{0};
  std::atomic<uint64_t> write_latency_ns{0};
  std::atomic<uint64_t> mean_latency_ns{0};  // exponentially weighted
  Histogram latency;

  void add_latency(uint64_t duration_ns) noexcept {
    add_to(latency_ns, duration_ns);
    latency.add(duration_ns);
    const uint64_t mean = mean_latency_ns.load(std::memory_order_relaxed);
    const uint64_t next =
        mean == 0 ? duration_ns : mean - (mean >> latency_weight_bits) + (duration_ns >> latency_weight_bits);
    mean_latency_ns.store(next != 0 ? next : 1, std::memory_order_relaxed);
  }
};

struct PathStatistics {
  std::string name;
  PathStatus status;
  uint64_t commands = 0;
  uint64_t reads = 0;
  uint64_t writes = 0;
  uint64_t in_flight = 0;
  uint64_t read_bytes = 0;
  uint64_t written_bytes = 0;
  uint64_t errors = 0;
  uint64_t retries = 0;
  uint64_t latency_ns = 0;       // summed
  uint64_t read_latency_ns = 0;  // of reads alone, and of writes
  uint64_t write_latency_ns = 0;
  uint64_t mean_latency_ns = 0;  // lately, the largest of all cores
  std::array<uint64_t, Histogram::bucket_count> latency{};

  void add(const PathCounters& counters) noexcept {
    const auto get = [](const std::atomic<uint64_t>& counter) { return counter.load(std::memory_order_relaxed); };
    commands += get(counters.commands);
    reads += get(counters.reads);
    writes += get(counters.writes);
    in_flight += get(counters.in_flight);
    read_bytes += get(counters.read_bytes);
    written_bytes += get(counters.written_bytes);
    errors += get(counters.errors);
    retries += get(counters.retries);
    latency_ns += get(counters.latency_ns);
    read_latency_ns += get(counters.read_latency_ns);
    write_latency_ns += get(counters.write_latency_ns);
    mean_latency_ns = std::max(mean_latency_ns, get(counters.mean_latency_ns));
    for (size_t bucket = 0; bucket < latency.size(); ++bucket) {
      latency[bucket] += counters.latency.count_at(bucket);
    }
  }
  // What a path did before this one took its place; how it is, what is under way and its mean stay this one's.
  void add_earlier(const PathStatistics& earlier) noexcept {
    status.connects += earlier.status.connects;
    status.connect_failures += earlier.status.connect_failures;
    status.losses += earlier.status.losses;
    commands += earlier.commands;
    reads += earlier.reads;
    writes += earlier.writes;
    read_bytes += earlier.read_bytes;
    written_bytes += earlier.written_bytes;
    errors += earlier.errors;
    retries += earlier.retries;
    latency_ns += earlier.latency_ns;
    read_latency_ns += earlier.read_latency_ns;
    write_latency_ns += earlier.write_latency_ns;
    for (size_t bucket = 0; bucket < latency.size(); ++bucket) {
      latency[bucket] += earlier.latency[bucket];
    }
  }
};

}  // namespace outrigger::nvme_host
