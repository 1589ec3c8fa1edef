// event_log.h: what a program and its target have to say: log_msg, failed assertions, packets that were given up.
// Bounded.
#pragma once

#include <string>
#include <vector>

#include "p4_target/limits.h"

namespace outrigger::p4_target {

class EventLog {
 public:
  void add(std::string line) {
    if (lines_.size() >= log_lines_max) {
      ++lost_;
      return;
    }
    if (line.size() > log_line_bytes_max) {
      line.resize(log_line_bytes_max);
    }
    lines_.push_back(std::move(line));
  }
  [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }
  [[nodiscard]] uint64_t lost() const noexcept { return lost_; }  // lines that there was no room for
  void clear() {
    lines_.clear();
    lost_ = 0;
  }

 private:
  std::vector<std::string> lines_;
  uint64_t lost_ = 0;
};

}  // namespace outrigger::p4_target
