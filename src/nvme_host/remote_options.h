// RemoteOptions: how the paths to one subsystem are used together, and how long to be patient.
#pragma once

#include "nvme_host/path_selector.h"
#include "nvme_host/remote_limits.h"

#include <cstdint>
#include <string>

namespace outrigger::nvme_host {

enum class Multipath : uint8_t {
  Disable,    // one path and no more
  Failover,   // one path is used, the others stand by
  Multipath,  // the selector decides for each command
};

struct RemoteOptions {
  std::string name;  // for logs; namespaces are called NAME "n" NSID
  Multipath multipath = Multipath::Multipath;
  PathSelection selection = PathSelection::RoundRobin;  // with Multipath
  // Requests fail when no path could be used for so long; -1: they wait until every path's controller_loss is over.
  int64_t fast_io_fail_ms = -1;
  // A change (write, discard, …) that a broken path left without an answer is sent again, or reported as failed, only
  // after so long: the controller may still execute it, and must not do so after a later write was acknowledged. -1:
  // until it must have given us up, hold_keep_alives keep alive time-outs. 0: at once, as Linux does, for targets that
  // are known to stop. Reads, and commands that a controller answered, never wait. Decision 0012.
  int64_t write_retry_hold_ms = -1;
  uint32_t retries_max = retries_default;
  uint32_t channel_slots = channel_slots_default;
};

}  // namespace outrigger::nvme_host
