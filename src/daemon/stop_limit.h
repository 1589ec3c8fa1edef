// StopLimit: from its construction on the process has stop_max left, unless it is destroyed before: then the process
// ends as if it had been killed, but says so and with success. That loses nothing: what was acknowledged is written,
// and what was not is in its front end's in-flight log, or with the host that sent it (decision 0013).
#pragma once

#include "daemon/limits.h"

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace outrigger::daemon {

class StopLimit {
 public:
  StopLimit() : thread_([this](const std::stop_token& is_over) { wait(is_over); }) {}
  StopLimit(const StopLimit&) = delete;
  StopLimit& operator=(const StopLimit&) = delete;

 private:
  void wait(const std::stop_token& is_over);

  std::mutex mutex_;
  std::condition_variable_any condition_;
  std::jthread thread_;  // the last member: it ends before what it uses
};

}  // namespace outrigger::daemon
