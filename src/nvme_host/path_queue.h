// PathQueue: one I/O queue of one path on one data core, as multipathing sees it. All calls on that core.
#pragma once

#include "nvme_host/command.h"

#include <cstdint>

namespace outrigger::nvme_host {

class PathQueue {
 public:
  virtual ~PathQueue() = default;
  // Takes `command` and completes it once, never before this returns. False: no free entry, or the connection is over;
  // the command was not taken.
  [[nodiscard]] virtual bool submit(Command& command) noexcept = 0;
  // Connected, and the controller answers.
  [[nodiscard]] virtual bool is_live() const noexcept = 0;
  [[nodiscard]] virtual uint32_t in_flight_count() const noexcept = 0;
  // How many commands may be in flight at a time.
  [[nodiscard]] virtual uint32_t depth() const noexcept = 0;
};

}  // namespace outrigger::nvme_host
