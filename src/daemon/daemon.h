// Daemon: the graph of rooms that is outriggerd, built from a configuration, run, and taken down in order.
#pragma once

#include "base/result.h"
#include "daemon/configuration.h"

#include <memory>

namespace outrigger::daemon {

class Daemon {
 public:
  // Starts everything: reads the store, makes what it says true again, then serves the API. On an error nothing
  // runs any more. Called and destroyed on the main thread, which does no other work.
  static Result<std::unique_ptr<Daemon>> start(const Configuration& configuration);
  // Takes no more calls, lets requests in flight finish, leaves devices plugged in their hosts: guests wait for the
  // next start. stop() must have been called.
  virtual ~Daemon() = default;
  virtual void stop() = 0;

 protected:
  Daemon() = default;
};

}  // namespace outrigger::daemon
