// virtio::Device: what a transport (vhost-user, later others) asks of a virtio device. The transport knows how rings,
// memory and descriptors arrive; the device knows what its queues and its configuration space mean.
//
// All calls come from the control reactor. A queue itself runs on the data core the device chose for it; starting
// and stopping are therefore jobs that end when that core has done it. Nothing here may be called with values that
// the transport has not checked for form; whether they make sense is checked by the device.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "core/job.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace outrigger::virtio {

class GuestMemory;
class DirtyLog;

// One queue's part of the in-flight log in shared memory (vhost-user "Inflight I/O tracking"); empty when the front
// end did not share one.
struct InflightArea {
  std::span<std::byte> bytes;
  bool is_fresh = false;  // newly made by us: to be initialised rather than believed
};

// Where the front end left off, in the form of VHOST_USER_SET_VRING_BASE: split rings: the index of the next available
// entry in bits 0–15; packed rings: next available index (15 bits) and wrap counter in bits 0–15, next used index
// and wrap counter in bits 16–31.
struct VringBase {
  uint32_t value = 0;
};

// Where writes to the used ring are noted in the dirty log besides their own place (VHOST_VRING_F_LOG).
struct UsedLog {
  uint64_t address = 0;  // guest physical, of the used ring
  bool is_wanted = false;
};

// What a transport knows when a queue starts. Ring parts are host addresses, already translated, checked to lie
// inside one region of `memory` for the queue's size and aligned as the specification asks.
struct QueueSetup {
  uint16_t size = 0;  // descriptors
  std::byte* descriptors = nullptr;
  std::byte* driver_area = nullptr;  // split: available ring; packed: driver event suppression
  std::byte* device_area = nullptr;  // split: used ring; packed: device event suppression
  VringBase base;
  UniqueFd kick_fd;  // an eventfd of the front end; not open: poll only
  UniqueFd call_fd;  // an eventfd of the front end; not open: nobody wants to be told
  InflightArea inflight;
  UsedLog used_log;
  UniqueFd error_fd;              // signalled when the driver breaks the ring; not open: nobody wants to know
};

// Memory and dirty log as they stand; replaced as a whole while queues run.
struct MemoryVersion {
  std::shared_ptr<const GuestMemory> memory;
  std::shared_ptr<DirtyLog> dirty_log;  // nullptr: nothing is logged
};

class Device {
 public:
  virtual ~Device() = default;

  [[nodiscard]] virtual uint32_t device_id() const noexcept = 0;  // virtio specification, chapter 5
  // Feature bits offered to the driver, VIRTIO_F_* included, transport bits (VHOST_*) not.
  [[nodiscard]] virtual uint64_t features() const noexcept = 0;
  [[nodiscard]] virtual uint16_t queue_count_max() const noexcept = 0;
  [[nodiscard]] virtual uint16_t queue_size_max() const noexcept = 0;

  // Another front end comes: what the one before negotiated and chose holds no more. All queues are stopped.
  virtual void forget_driver() = 0;
  // What driver and device agreed on; a subset of features(). Takes effect for queues started later.
  virtual void set_features(uint64_t negotiated) = 0;
  // Configuration space. Reads past the end give zeroes; writes to read-only fields are errors.
  virtual void read_config(uint32_t offset, std::span<std::byte> out) const = 0;
  virtual Result<void> write_config(uint32_t offset, std::span<const std::byte> data) = 0;

  // What the driver chose besides its features, in a form that a transport can keep for a successor of this process; 0:
  // nothing. Front ends say such things once and believe that we remember.
  [[nodiscard]] virtual std::byte choice() const noexcept = 0;
  // A successor's side of it. Nothing: a driver may be at work, and nobody knows what it chose; the device does what is
  // right in any case. Takes effect at once.
  virtual void restore_choice(std::optional<std::byte> choice) = 0;

  // The guest's memory from now on. Ends when no core uses the version before any more. No memory at all (nullptr) is
  // for a device whose queues are all stopped: it lets go of what it has.
  virtual core::Job<Result<void>> set_memory(MemoryVersion version) = 0;
  // Starts queue `index` on its core: replays what the in-flight log holds, then serves the ring.
  virtual core::Job<Result<void>> start_queue(uint16_t index, QueueSetup setup) = 0;
  // Stops it: takes no new request, waits for those in flight, gives the base to go on from.
  virtual core::Job<VringBase> stop_queue(uint16_t index) = 0;
  // Another eventfd for notifications of a running queue.
  virtual core::Job<Result<void>> set_call_fd(uint16_t index, UniqueFd call_fd) = 0;
  virtual core::Job<Result<void>> set_kick_fd(uint16_t index, UniqueFd kick_fd) = 0;
  // Another way of logging for a running queue; nothing stops for it.
  virtual core::Job<Result<void>> set_used_log(uint16_t index, UsedLog used_log) = 0;
  [[nodiscard]] virtual bool is_queue_running(uint16_t index) const noexcept = 0;

  // Called by the device, on the control reactor, when its configuration space changed (capacity).
  class ConfigListener {
   public:
    virtual ~ConfigListener() = default;
    virtual void config_changed() = 0;
  };
  virtual void set_config_listener(ConfigListener* listener) = 0;
};

}  // namespace outrigger::virtio
