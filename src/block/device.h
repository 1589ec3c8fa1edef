// block::Device and block::Channel: the storage seam. A device is one volume, known to control; a channel is the way
// one core reaches it, so that the data path shares nothing. Layers are devices made of devices.
//
// Life: control builds the device → each core that wants it opens a channel (on its own thread) → requests → the core
// drains and destroys its channel → control destroys the device. A device outlives its channels; a layer's channel
// owns the channels below it.
#pragma once

#include "base/result.h"
#include "block/counters.h"
#include "block/request.h"
#include "core/reactor.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace outrigger::block {

// Does write-zeroes move as many bytes as a write of them?
enum class ZeroesCost : uint8_t { Nothing, BytesUnlessUnmapped, Bytes };

// What a device is like. Sizes in bytes, counts in blocks.
struct Geometry {
  uint32_t block_size = 512;  // a power of two, 512 … 65536
  uint64_t block_count = 0;
  uint32_t physical_block_size = 512;
  uint32_t optimal_io_bytes = 0;    // 0: no preference
  uint32_t transfer_bytes_max = 0;  // of one read or write; 0: no limit of its own
  uint64_t discard_blocks_max = 0;  // in one request; 0: no limit of its own
  uint32_t discard_alignment_blocks = 1;
  bool is_writable = true;
  bool has_write_cache = false;  // Flush means something
  bool can_discard = false;
  bool can_write_zeroes = false;
  ZeroesCost zeroes_cost = ZeroesCost::Nothing;
  bool can_compare_and_write = false;
  bool can_copy = false;
  // A read may succeed and leave the reader's buffers as they were: who lends buffers that held somebody else's data
  // clears them first.
  bool leaves_reads_untouched = false;

  [[nodiscard]] uint64_t size_bytes() const noexcept { return block_count * block_size; }
};

class Device;

// One core's way to a device. Belongs to the reactor it was opened on.
class Channel {
 public:
  explicit Channel(Device& device);
  // No request may be in flight.
  virtual ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Takes `request` and completes it exactly once, on this core, possibly before it returns. Requests outside the
  // device (OutOfRange), of no blocks or with data of the wrong length (Invalid), changes of a read-only one (ReadOnly)
  // and operations it does not know (Unsupported) are completed here; what passes is counted and timed. Requests may
  // complete in any order.
  //
  // Data: Read and Write need iov of exactly block_count blocks, CompareAndWrite of twice that. Flush and Reset look
  // at nothing but `op`. A device without a write cache takes a Flush and completes it.
  void submit(Request& request) noexcept;

  // A hint: `request` will be submitted here next but one or so, at most a few requests ahead. A device whose data lie
  // in memory begins to fetch them, so that they are at hand when it is their turn: worth a third of the time of a
  // random read, and a seventh of an encrypted write. Only op, lba and block_count are looked at; anything is allowed
  // and nothing is promised.
  void prefetch(const Request& request) noexcept {
    if (request.op == Op::Read || request.op == Op::Write) {
      do_prefetch(request);
    }
  }

  // A Read without moving its data: where they lie in the device's memory, all in one piece, for as long as the channel
  // is open. What is there is what a read of this moment gives; what is written later may show. Empty: this device does
  // not lend, or not now, or the request is not within its bounds: submit() a Read. A loan is counted as a read, and
  // ends by itself: there is nothing to give back.
  [[nodiscard]] std::span<const std::byte> borrow(uint64_t lba, uint64_t block_count) noexcept;

  // Somebody waits for the end of all requests that were submitted here (a queue stops, a guest's memory goes): what
  // only waits for its turn, as in a rate limit, shall go now. Layers pass it on. May complete requests.
  void expedite() noexcept { do_expedite(); }

  // Whoever submitted them here has put flag::Abandoned on some of its requests: nobody waits for what they do, and
  // nobody may be surprised by it later. What no device or controller has in its hands completes with Aborted instead
  // of going there; what one has, or may have, is finished, and completes when it is certain that nothing more comes
  // of it. Layers end what they hold themselves and pass it on; a device that keeps nothing back need not know of it.
  // Takes time in the number of requests that wait here. Completes requests.
  void abandon() noexcept { do_abandon(); }

  [[nodiscard]] Device& device() const noexcept { return device_; }
  [[nodiscard]] uint32_t in_flight_count() const noexcept { return in_flight_count_; }

 protected:
  // The device's own work. `request` is within bounds and allowed.
  virtual void do_submit(Request& request) noexcept = 0;
  // `request` was not admitted: it may be out of bounds. Layers that do not move blocks pass it on.
  virtual void do_prefetch(const Request&) noexcept {}
  virtual void do_expedite() noexcept {}
  virtual void do_abandon() noexcept {}
  // Within bounds, not empty. Layers that do not look at data pass it on.
  virtual std::span<const std::byte> do_borrow(uint64_t, uint64_t) noexcept { return {}; }

 private:
  static void metered_done(Request& request) noexcept;
  [[nodiscard]] Status admit(const Request& request) const noexcept;
  [[nodiscard]] Status admit_change(const Request& request, bool is_supported) const noexcept;
  [[nodiscard]] Status admit_data(const Request& request, uint64_t copies) const noexcept;

  Device& device_;
  Counters& counters_;
  uint32_t in_flight_count_ = 0;
};

// Hears on the control thread that a device changed size or state.
class DeviceObserver {
 public:
  virtual ~DeviceObserver() = default;
  virtual void device_resized(Device& device) = 0;
};

class Device {
 public:
  Device(std::string name, Geometry geometry);
  // No channel may be open.
  virtual ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  // The bare volume id, for logs, metrics and get-id.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  // Everything but block_count is fixed for life. Any thread.
  [[nodiscard]] Geometry geometry() const noexcept;
  [[nodiscard]] uint64_t block_count() const noexcept { return block_count_.load(std::memory_order_relaxed); }
  [[nodiscard]] const Geometry& fixed_geometry() const noexcept { return geometry_; }

  // A channel for `reactor`, called on its thread. Fails when the core lacks what the device needs.
  virtual Result<std::unique_ptr<Channel>> open_channel(core::Reactor& reactor) = 0;
  // Levels of stack a request needs from here down (see stack_depth_max).
  [[nodiscard]] virtual uint32_t stack_depth() const noexcept { return 1; }

  // Sums over all channels, ever. Any thread.
  [[nodiscard]] CounterSums counter_sums() const;

  // Control thread only.
  void subscribe(DeviceObserver& observer);
  void unsubscribe(DeviceObserver& observer);

 protected:
  // Control thread only: the device now has `block_count` blocks; tells the observers.
  void set_block_count(uint64_t block_count);

 private:
  friend class Channel;
  Counters& add_channel();
  void remove_channel(const Counters& counters);

  std::string name_;
  Geometry geometry_;
  std::atomic<uint64_t> block_count_;
  mutable std::mutex counters_mutex_;                // taken when channels come and go and when somebody reads the sums
  std::vector<std::unique_ptr<Counters>> counters_;  // of the open channels
  CounterSums retained_;                             // of the channels that were closed
  std::vector<DeviceObserver*> observers_;
};

}  // namespace outrigger::block
