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
// go before they are due, up to qos_expedite_ns_max ahead of their time; they pay all the same, so that the limit holds
// in the long run.
#pragma once

#include "core/clock.h"
#include "core/token_bucket.h"
#include "volume/layer.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace outrigger::volume {

// 0: no limit. A burst is what may pile up while the volume is idle, in operations or bytes; 0: a hundredth of a
// second's worth. A request larger than the burst waits for a full bucket and leaves a debt.
struct QosLimits {
  uint64_t read_iops = 0;
  uint64_t write_iops = 0;
  uint64_t total_iops = 0;
  uint64_t read_bytes_per_s = 0;
  uint64_t write_bytes_per_s = 0;
  uint64_t total_bytes_per_s = 0;
  uint64_t read_iops_burst = 0;
  uint64_t write_iops_burst = 0;
  uint64_t total_iops_burst = 0;
  uint64_t read_bytes_burst = 0;
  uint64_t write_bytes_burst = 0;
  uint64_t total_bytes_burst = 0;

  friend bool operator==(const QosLimits&, const QosLimits&) = default;
};

class QosDevice final : public LayerDevice {
 public:
  // Fails with InvalidArgument for a burst without its limit and FailedPrecondition when the stack is too deep.
  // `below` and `clock` (the one of the reactors) outlive the device.
  static Result<std::unique_ptr<QosDevice>> create(std::string name, block::Device& below, const QosLimits& limits,
                                                   const core::Clock& clock);

  // New limits from now on, also for requests that wait (within qos_recheck_ns); tokens saved and owed stay. A
  // request that arrives while this runs may be charged by old or new limits. On an error nothing changes. Control
  // thread.
  Result<void> update(const QosLimits& limits);
  // Control thread.
  [[nodiscard]] const QosLimits& limits() const noexcept { return limits_; }

  Result<std::unique_ptr<block::Channel>> open_channel(core::Reactor& reactor) override;
  [[nodiscard]] uint32_t stack_depth() const noexcept override { return below().stack_depth() + 1; }

 private:
  friend class QosChannel;
  // Reads use the first two and the last two, writes the last four.
  enum Bucket : uint8_t { ReadOperations, ReadBytes, WriteOperations, WriteBytes, TotalOperations, TotalBytes };
  static constexpr size_t bucket_count = 6;

  QosDevice(std::string name, block::Device& below, const core::Clock& clock);
  void configure(const QosLimits& limits) noexcept;

  const core::Clock& clock_;
  QosLimits limits_;
  std::array<core::TokenBucket, bucket_count> buckets_;
  // Moves with every change of the limits. The lowest bit: is anything limited at all?
  std::atomic<uint64_t> generation_{0};
};

}  // namespace outrigger::volume
