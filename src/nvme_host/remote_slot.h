// RemoteSlot: one request of a channel at work: which part of it is under way, on which path, and what went wrong so
// far. Pooled by the channel.
#pragma once

#include "block/request.h"
#include "nvme_host/command.h"
#include "nvme_host/iov_window.h"
#include "nvme_host/remote_limits.h"
#include "nvme_host/remote_wire.h"

#include <array>
#include <cstdint>

namespace outrigger::nvme_host {

class RemoteChannel;
struct LiveTable;

// The two data buffers of a fused Compare and Write, cut out of the request's one.
struct PairIov {
  PairIov* next = nullptr;
  std::array<iovec, pair_iov_max> iov;
};

struct RemoteSlot {
  RemoteSlot* next = nullptr;
  RemoteChannel* channel = nullptr;
  block::Request* request = nullptr;

  // The step under way: blocks [done_blocks, done_blocks + step_blocks) of the request.
  uint64_t done_blocks = 0;
  uint32_t step_blocks = 0;
  uint32_t pending = 0;  // commands that did not come back yet
  LiveTable* table = nullptr;
  uint32_t lane = 0;  // its index in the table
  uint64_t sent_ns = 0;
  Command command;
  Command second;  // the Write of a fused pair
  IovWindow window;
  PairIov* pair = nullptr;
  DatasetRange range;
  CopyRange copy;
  iovec range_iov{};

  // What happened before.
  uint32_t retries = 0;
  uint64_t failed_since_ns = 0;  // the first path error in a row; 0: none
  uint64_t hold_until_ns = 0;    // an unanswered change of this request may still be executed until then
  bool may_have_run = false;     // a change went out and may have been executed, all or in part
  bool is_ending = false;        // its fate is decided: `outcome`, when the hold is over
  bool waits_for_path = false;   // parked because there was none
  block::Status outcome = block::Status::Ok;
  uint64_t due_ns = 0;  // parked until then
};

}  // namespace outrigger::nvme_host
