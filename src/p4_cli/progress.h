// progress.h: how far a long run is, on standard error, when that is a terminal.
#pragma once

#include <chrono>
#include <cstdint>

namespace outrigger::p4_cli {

class Progress {
 public:
  Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // takes its line away

  // Twice a second at most; looks at the clock every so many packets only.
  void show(uint64_t packets);

 private:
  using Clock = std::chrono::steady_clock;

  bool is_terminal_;
  bool is_shown_ = false;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point shown_ = begin_;
};

}  // namespace outrigger::p4_cli
