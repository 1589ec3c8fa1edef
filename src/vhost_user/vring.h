// Vring: what one front end has told us of one ring, in whatever order, and whether it is enough to start.
// The ring itself is served by virtio::Device. Control thread.
//
// The ring states of the specification: a ring is *started* from SET_VRING_KICK to GET_VRING_BASE, and
// *enabled* or not. The device runs it while it is both and its size, addresses and memory are known.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "vhost_user/inflight_region.h"
#include "vhost_user/message.h"
#include "virtio/device.h"
#include "virtio/guest_memory.h"

#include <cstdint>
#include <optional>

namespace outrigger::vhost_user {

// The parts of a ring where they are mapped here.
struct RingPlaces {
  std::byte* descriptors = nullptr;
  std::byte* driver_area = nullptr;
  std::byte* device_area = nullptr;
  friend bool operator==(const RingPlaces&, const RingPlaces&) = default;
};

// Checks that `fd` is an eventfd, and makes it non-blocking. The front end can undo that; virtio's queues do not rely
// on it. `what` names it in the error.
Result<void> accept_event_fd(const UniqueFd& fd, std::string_view what);

class Vring {
 public:
  // SET_VRING_NUM. `size_max` is the device's.
  Result<void> set_size(uint32_t size, uint16_t size_max);
  // SET_VRING_ADDR: kept as given; translated when the ring starts and again when memory changes.
  // What it changed: the place of the ring, or only how it is logged.
  struct AddressChange {
    bool is_moved = false;
    bool is_logged_anew = false;
  };
  AddressChange set_address(const VringAddress& address) noexcept;
  void set_base(uint32_t base) noexcept { base_.value = base; }
  [[nodiscard]] virtio::VringBase base() const noexcept { return base_; }
  // SET_VRING_KICK: the ring is started. A closed descriptor means that the ring is to be polled.
  void set_kick(UniqueFd fd) noexcept;
  void set_call(UniqueFd fd) noexcept { call_fd_ = std::move(fd); }
  void set_error(UniqueFd fd) noexcept { error_fd_ = std::move(fd); }
  void set_enabled(bool is_enabled) noexcept { is_enabled_ = is_enabled; }
  // GET_VRING_BASE: not started any more.
  void set_stopped() noexcept;
  // RESET_DEVICE: as in the beginning, except for what names the front end's descriptors.
  void reset() noexcept;

  [[nodiscard]] bool is_started() const noexcept { return is_started_; }
  [[nodiscard]] bool is_enabled() const noexcept { return is_enabled_; }
  [[nodiscard]] bool has_address() const noexcept { return address_.has_value(); }
  [[nodiscard]] uint16_t size() const noexcept { return size_; }
  // Started, enabled, size and addresses known: only memory may be missing.
  [[nodiscard]] bool is_wanted() const noexcept {
    return is_started_ && is_enabled_ && size_ != 0 && address_.has_value();
  }

  // Where the ring lies in `memory`. Fails when a part is not inside one region, is misaligned, or when the
  // size does not suit the form of the ring.
  [[nodiscard]] Result<RingPlaces> locate(const virtio::GuestMemory& memory, RingForm form) const;
  // Everything the device needs to start this ring. Duplicates the descriptors; the ring keeps its own.
  [[nodiscard]] Result<virtio::QueueSetup> make_setup(const RingPlaces& places,
                                                      virtio::InflightArea inflight) const;

  // The address must be known.
  [[nodiscard]] virtio::UsedLog used_log() const noexcept {
    return {.address = address_->log, .is_wanted = (address_->flags & VringAddress::flag_log) != 0};
  }

  [[nodiscard]] Result<UniqueFd> duplicate_kick() const;
  [[nodiscard]] Result<UniqueFd> duplicate_call() const;

 private:
  uint16_t size_ = 0;
  bool is_started_ = false;
  bool is_enabled_ = false;
  std::optional<VringAddress> address_;
  virtio::VringBase base_;
  UniqueFd kick_fd_, call_fd_, error_fd_;
};

}  // namespace outrigger::vhost_user
