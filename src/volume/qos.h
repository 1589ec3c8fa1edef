// QosDevice: rate limits over a device. Reads, writes and both together each have a limit of operations and of bytes
// a second, with a burst, and all of them may change under load. The limits are the device's, shared by all cores.
//
// What counts as what: a read as one read operation and its bytes; a write and a compare-and-write as one write
// operation and its bytes; a copy as one write operation and the bytes copied; discard as one write operation without
// bytes, because it moves none; write-zeroes as one write operation, and with its bytes where the volume below has to
// write them (Geometry::zeroes_cost). Flush and reset are never held back.
//
// A request that must wait books its tokens and stands in a queue of its core until they are due; a timer releases
// it. There is one queue for reads and one for everything that counts as a write, so that a read limit never holds up
// a write. Bookings are served in order over all cores. When somebody waits for the queue to end (expedite()), requests
// go before they are due, up to core::rate_expedite_ns_max ahead of their time; they pay all the same, so that the
// limit holds in the long run.
#pragma once

#include "core/clock.h"
#include "core/rate_limits.h"
#include "volume/layer.h"

#include <cstdint>
#include <memory>
#include <string>

namespace outrigger::volume {

using QosLimits = core::Rates;

class QosDevice final : public LayerDevice {
 public:
  // Fails with InvalidArgument for a burst without its limit and FailedPrecondition when the stack is too deep.
  // `below` and `clock` (the one of the reactors) outlive the device.
  static Result<std::unique_ptr<QosDevice>> create(std::string name, block::Device& below, const QosLimits& limits,
                                                   const core::Clock& clock);

  // New limits from now on, also for requests that wait (within core::rate_recheck_ns); tokens saved and owed stay. A
  // request that arrives while this runs may be charged by old or new limits. On an error nothing changes. Control
  // thread.
  Result<void> update(const QosLimits& limits);
  // Control thread.
  [[nodiscard]] const QosLimits& limits() const noexcept { return limits_; }

  Result<std::unique_ptr<block::Channel>> open_channel(core::Reactor& reactor) override;
  [[nodiscard]] uint32_t stack_depth() const noexcept override { return below().stack_depth() + 1; }

 private:
  friend class QosChannel;
  QosDevice(std::string name, block::Device& below, const core::Clock& clock);
  void configure(const QosLimits& limits) noexcept;

  const core::Clock& clock_;
  QosLimits limits_;
  core::RateLimits rates_;
};

}  // namespace outrigger::volume
