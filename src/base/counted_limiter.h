// CountedLimiter: a log::Limiter that knows how many lines it kept back, so that the next one can say so.
#pragma once

#include "base/log.h"

#include <cstdint>
#include <string>
#include <utility>

namespace outrigger::log {

// Not thread-safe: one per object and core.
class CountedLimiter {
 public:
  CountedLimiter() noexcept = default;
  explicit CountedLimiter(uint32_t burst) noexcept : limiter_(burst) {}

  // True when a line may be written at time `now_ns`.
  [[nodiscard]] bool admit(uint64_t now_ns) noexcept {
    const bool is_admitted = limiter_.admit(now_ns);
    left_out_ += is_admitted ? 0 : 1;
    return is_admitted;
  }
  // For the end of a line that was admitted: " (12 lines like this were left out before)", or nothing. Begins to count
  // anew.
  [[nodiscard]] std::string left_out_note() {
    const uint64_t count = std::exchange(left_out_, 0);
    return count == 0 ? "" : fmt::format(" ({} lines like this were left out before)", count);
  }

 private:
  Limiter limiter_;
  uint64_t left_out_ = 0;
};

}  // namespace outrigger::log
