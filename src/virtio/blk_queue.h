// BlkQueue: one virtio-blk request queue at work on one data core. It takes chains from its ring, hands the guest's
// buffers to a block channel as they are, and gives chains back in batches.
//
// Every turn of the core: give back and announce what finished since the last turn, take a batch of new chains,
// submit them, give back what finished at once. Nothing here allocates after open(). All calls are made on the
// queue's core, except for reading the counters.
#pragma once

#include "base/histogram.h"
#include "base/log.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "block/device.h"
#include "core/reactor.h"
#include "virtio/blk_request.h"
#include "virtio/device.h"
#include "virtio/ring_setup.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace outrigger::virtio {

// What one queue did, over all its starts. Written by the queue's core, read by anybody.
struct QueueCounters {
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> bytes_read{0};
  std::atomic<uint64_t> bytes_written{0};
  std::atomic<uint64_t> errors{0};      // requests that ended with another status than OK
  std::atomic<uint64_t> kicks{0};       // notifications received from the driver
  std::atomic<uint64_t> calls{0};       // notifications sent to it
  std::atomic<uint64_t> latency_ns{0};  // summed: from the turn that took a request to the turn that gave it back
  Histogram latency;
};

// What a device's queues share about a front end that made one of them wait. Any core.
struct Strikes {
  std::atomic<uint32_t> count{0};     // how often it did
  std::atomic<bool> is_muted{false};  // nothing is written to its descriptors any more, until control says so
};

// What a queue is made with; references outlive it.
struct BlkQueueContext {
  std::string name;       // of device and queue, for logs
  BlkLimits limits;       // as negotiated
  log::Limiter& limiter;  // for what the front end or the guest can cause; of this core
  Strikes& strikes;
  const std::atomic<bool>& is_writethrough;  // as negotiated and configured at this moment
  QueueCounters& counters;
  core::Reactor& reactor;
  block::Channel& channel;
};

class BlkQueue : public core::Poller, public core::FdWatch {
 public:
  // A queue over the ring of `setup`, polled and watched by its reactor from now on. `is_packed` and the other ring
  // features are in `features`.
  static Result<std::unique_ptr<BlkQueue>> open(BlkQueueContext context, QueueSetup setup, MemoryVersion memory,
                                                uint64_t features);
  // Must be closed or never have been opened.
  ~BlkQueue() override;
  BlkQueue(const BlkQueue&) = delete;
  BlkQueue& operator=(const BlkQueue&) = delete;

  // Takes no new chain from now on; what is in flight still finishes.
  virtual void begin_stop() noexcept = 0;
  // Somebody waits for what is in flight: what only waits for its turn in a rate limit goes now.
  virtual void expedite() noexcept = 0;
  // Nothing is in flight and everything was given back.
  [[nodiscard]] virtual bool is_drained() const noexcept = 0;
  [[nodiscard]] virtual uint32_t in_flight_count() const noexcept = 0;
  // Leaves the reactor (drained) and says where a successor goes on.
  virtual VringBase close() = 0;

  // New chains use `memory` from now on; fails, and breaks the queue, when the ring is not in it any more. The
  // version before is released when has_old_memory() is false. Another dirty log with the same memory holds for what is
  // in flight, too: requests are marked when they end.
  virtual Result<void> replace_memory(MemoryVersion memory) = 0;
  [[nodiscard]] virtual bool has_old_memory() const noexcept = 0;
  virtual void set_call_fd(UniqueFd fd) = 0;
  virtual Result<void> set_kick_fd(UniqueFd fd) = 0;
  virtual void set_used_log(UsedLog used_log) noexcept = 0;

 protected:
  BlkQueue() = default;
};

}  // namespace outrigger::virtio
