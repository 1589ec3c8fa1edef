// InflightRegion: the buffer in which queues note what is in flight, made by us on GET_INFLIGHT_FD, kept by
// the front end across our death, and given back with SET_INFLIGHT_FD (vhost-user, "Inflight I/O tracking").
// Control thread.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "vhost_user/message.h"
#include "vhost_user/shared_mapping.h"
#include "virtio/device.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace outrigger::vhost_user {

// The form of the rings that a region serves.
enum class RingForm : uint8_t { Split, Packed };

class InflightRegion {
 public:
  // Bytes of one queue's part: a multiple of 64, as other back ends lay it out, so that a region moves
  // between them.
  static uint64_t bytes_per_queue(uint16_t queue_size, RingForm form) noexcept;

  // GET_INFLIGHT_FD: new zeroed memory for `queue_count` queues of `queue_size`. Fills the description of the
  // reply and gives the descriptor that goes with it. Nothing is kept: the front end sends it back to have it
  // used.
  static Result<UniqueFd> allocate(InflightDescription& description, RingForm form);

  // SET_INFLIGHT_FD: maps what the front end gives.
  static Result<InflightRegion> adopt(const InflightDescription& description, const UniqueFd& fd,
                                      std::shared_ptr<BreakSignal> signal);

  InflightRegion() noexcept = default;  // none shared
  [[nodiscard]] bool is_shared() const noexcept { return mapping_ != nullptr; }
  // Queue `index`'s part for rings of `form` and `queue_size`; an error when the region was not made for
  // that.
  Result<virtio::InflightArea> area(uint16_t index, uint16_t queue_size, RingForm form) const;

  // What the driver chose (virtio::Device::choice), kept behind the queues' parts, where other back ends do not look.
  // Nothing: the region was made by somebody else, or nothing was kept in it yet.
  [[nodiscard]] std::optional<std::byte> choice() const noexcept;
  // Does nothing where there is no place for it.
  void keep_choice(std::byte choice) noexcept;

 private:
  [[nodiscard]] std::byte* note() const noexcept;
  std::shared_ptr<SharedMapping> mapping_;
  uint16_t queue_count_ = 0;
  uint16_t queue_size_ = 0;
};

}  // namespace outrigger::vhost_user
