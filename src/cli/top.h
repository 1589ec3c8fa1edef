// `outrigger top`: rates and latencies between two readings of the daemon's counters.
#pragma once

#include "cli/resources.h"

#include <outrigger/v1/telemetry.pb.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace outrigger::cli {

struct TopOptions {
  std::chrono::milliseconds interval{1000};
  uint64_t count = 0;        // displays; 0: until interrupted
  bool is_terminal = false;  // redraw in place, with ANSI escapes
  bool shows_idle = false;   // also what did nothing in the interval
};

// Prints on standard output by itself. An error of the daemon ends it.
Result<> run_top(Client& client, const TopOptions& options);

// One display, of what happened between `before` and `after`.
std::string render_top(const outrigger::v1::Telemetry& before, const outrigger::v1::Telemetry& after, bool shows_idle);

// The latency below which `share` (0…1) of the operations between two readings stayed, in nanoseconds: the
// upper bound of its bucket. 0 when there were none.
double latency_quantile(const outrigger::v1::Telemetry& after, const outrigger::v1::OperationCounters& before,
                        const outrigger::v1::OperationCounters& now, double share);

}  // namespace outrigger::cli
