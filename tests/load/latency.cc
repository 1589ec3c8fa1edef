#include "load/latency.h"

#include <chrono>

namespace outrigger::load {

double ticks_per_second() {
  static const double rate = [] {
    using clock = std::chrono::steady_clock;
    const auto start = clock::now();
    const uint64_t start_ticks = ticks();
    while (clock::now() - start < std::chrono::milliseconds(20)) {
    }
    const double seconds = std::chrono::duration<double>(clock::now() - start).count();
    return static_cast<double>(ticks() - start_ticks) / seconds;
  }();
  return rate;
}

}  // namespace outrigger::load
