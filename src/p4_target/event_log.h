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
    packets_.push_back(packet_);
  }
  // What is added from now on is about this packet of a burst.
  void begin_packet(uint32_t number) noexcept { packet_ = number; }
  [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }
  // Of each line, the packet of its burst.
  [[nodiscard]] const std::vector<uint32_t>& packets() const noexcept { return packets_; }
  [[nodiscard]] uint64_t lost() const noexcept { return lost_; }  // lines that there was no room for
  void clear() {
    lines_.clear();
    packets_.clear();
    packet_ = 0;
    lost_ = 0;
  }

 private:
  std::vector<std::string> lines_;
  std::vector<uint32_t> packets_;
  uint32_t packet_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace outrigger::p4_target
