// PathTable: how one core reaches one namespace at the moment: its queues and what is known of the controllers behind
// them. Immutable; control makes another one when anything changes and posts it to every channel.
#pragma once

#include "nvme_host/path.h"
#include "nvme_host/path_counters.h"
#include "nvme_host/path_queue.h"
#include "nvme_host/path_selector.h"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace outrigger::nvme_host {

// What a controller may lack.
namespace capability {
inline constexpr uint8_t WriteZeroes = 1;
inline constexpr uint8_t Deallocate = 2;
inline constexpr uint8_t CompareAndWrite = 4;
inline constexpr uint8_t Copy = 8;
}  // namespace capability

struct PathLane {
  uint32_t number = 0;               // of the path, below paths_max; the selector's bit
  uint32_t nsid = 0;                 // the namespace's identifier there
  std::shared_ptr<PathQueue> queue;  // nullptr: not connected at the moment
  std::shared_ptr<PathCounters> counters;
  PathAnaState ana = PathAnaState::Optimized;
  uint8_t capabilities = 0;
  uint32_t transfer_blocks_max = 1;  // of one command that moves data, up to command_blocks_max
  uint32_t zeroes_blocks_max = 1;    // of Write Zeroes, which moves none over the wire
  uint32_t discard_blocks_max = 1;
  uint32_t copy_blocks_max = 1;
  std::array<uint64_t, 3> retry_delay_ns{};  // by a status' retry delay index, less one
  uint64_t hold_ns = 0;                      // see RemoteOptions::write_retry_hold_ms
};

struct PathTable {
  std::vector<PathLane> lanes;  // in the order of their numbers; at most paths_max
  bool is_present = false;      // false: the namespace has vanished and requests fail
  PathSelection selection = PathSelection::ActivePassive;
  uint64_t no_path_since_ns = 0;     // since when control knows of no usable path; 0: there is one
  uint64_t give_up_ns = UINT64_MAX;  // requests fail when there was no usable path for so long
  uint32_t retries_max = 0;
};

}  // namespace outrigger::nvme_host
