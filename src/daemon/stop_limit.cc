#include "daemon/stop_limit.h"

#include "base/log.h"

#include <cstdlib>

namespace outrigger::daemon {

void StopLimit::wait(const std::stop_token& is_over) {
  std::unique_lock lock(mutex_);
  condition_.wait_for(lock, is_over, stop_max, [&is_over] { return is_over.stop_requested(); });
  if (is_over.stop_requested()) {
    return;
  }
  log::warning("daemon",
               "not everything in flight ended within {} s: volumes do not answer; what is left is taken up again "
               "after the next start",
               stop_max.count());
  log::drain(log_patience_ns);
  // Other threads are at work: nothing may be destroyed under them.
  std::_Exit(EXIT_SUCCESS);
}

}  // namespace outrigger::daemon
