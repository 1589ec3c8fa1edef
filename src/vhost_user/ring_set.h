// RingSet: all rings of one session, and settle(), which brings the device in line with what the front end
// has said so far: it compares what should be with what is and starts, stops or moves rings accordingly.
// Messages therefore may come in any order; each only notes what it says. Control reactor; one settle() or
// stop_all() at a time.
#pragma once

#include "base/result.h"
#include "core/job.h"
#include "vhost_user/inflight_region.h"
#include "vhost_user/vring.h"
#include "virtio/device.h"

#include <cstdint>
#include <string>
#include <vector>

namespace outrigger::vhost_user {

class RingSet {
 public:
  // `name` is the device's, for errors.
  RingSet(virtio::Device& device, std::string name);
  // Every ring must be stopped.
  ~RingSet();

  [[nodiscard]] uint16_t count() const noexcept { return static_cast<uint16_t>(rings_.size()); }
  [[nodiscard]] bool is_any_running() const noexcept;
  [[nodiscard]] bool is_running(uint16_t index) const noexcept { return rings_[index].is_running; }

  // What each request says of one ring; `index` below count().
  Result<void> set_size(uint16_t index, uint32_t size);
  Result<void> set_base(uint16_t index, uint32_t base);
  void set_address(uint16_t index, const VringAddress& address);
  Result<void> set_kick(uint16_t index, UniqueFd fd);
  Result<void> set_call(uint16_t index, UniqueFd fd);
  Result<void> set_error(uint16_t index, UniqueFd fd);
  void set_enabled(uint16_t index, bool is_enabled) { rings_[index].vring.set_enabled(is_enabled); }
  void enable_all();
  // GET_VRING_BASE: settle() stops it; then base() is where it stopped.
  void set_stopped(uint16_t index) { rings_[index].vring.set_stopped(); }
  void set_all_stopped();
  void reset_all();
  [[nodiscard]] virtio::VringBase base(uint16_t index) const { return rings_[index].vring.base(); }

  // What rings need besides what they were told themselves.
  struct Surroundings {
    virtio::MemoryVersion memory;
    const InflightRegion* inflight = nullptr;
    RingForm form = RingForm::Split;
    bool may_run = true;  // the front end said what was negotiated
  };
  // The error is that of the first ring or memory version that the device refused; the others are settled
  // anyway.
  core::Job<Result<void>> settle(Surroundings wanted);
  // Stops every ring and takes the memory away from the device.
  core::Job<Result<void>> stop_all();

 private:
  struct Ring {
    Vring vring;
    bool is_running = false;
    bool must_restart = false;
    bool has_new_call = false;
    bool has_new_kick = false;
    bool has_new_log = false;
    [[nodiscard]] bool has_news() const noexcept { return has_new_call || has_new_kick || has_new_log; }
    RingPlaces places;        // while running
    std::string why_waiting;  // the last reason why it was not started, to tell it once
  };
  core::Job<Result<void>> settle_memory(Surroundings wanted);
  core::Job<Result<void>> settle_ring(uint16_t index, Surroundings wanted);
  core::Job<Result<void>> start(uint16_t index, Surroundings wanted);
  core::Job<Result<void>> pass_news(uint16_t index);
  core::Job<Result<void>> pass_descriptors(uint16_t index);
  core::Job<std::monostate> stop(uint16_t index);
  bool may_stay(const Ring& ring, const Surroundings& wanted) const;

  virtio::Device& device_;
  std::string name_;
  std::vector<Ring> rings_;
  virtio::MemoryVersion memory_;  // what the device has
};

}  // namespace outrigger::vhost_user
