// Frontend: the front end's side of vhost-user, blocking, for one thread: connects to a vhost-user-blk back
// end, shares memory, sets up rings, and lets go again, in good order or like one that crashed. For the load
// generator and for tests of back ends.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "load/ring.h"
#include "load/shared_memory.h"
#include "vhost_user/message.h"
#include "virtio/blk_format.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace outrigger::load {

// Where a ring lies and what belongs to it.
struct RingPlace {
  uint16_t size = 0;
  std::byte* descriptors = nullptr;
  std::byte* driver_area = nullptr;
  std::byte* device_area = nullptr;
  uint32_t base = 0;
};

class Frontend {
 public:
  // Connects and negotiates: all of `features` that the back end offers, and the protocol features that we
  // use.
  static Result<Frontend> connect(const std::string& path, uint64_t features);
  // The same over a socket that is connected already.
  static Result<Frontend> negotiate(UniqueFd socket, uint64_t features);
  Frontend(Frontend&&) = default;
  Frontend& operator=(Frontend&&) = default;

  [[nodiscard]] uint64_t features() const noexcept { return features_; }
  [[nodiscard]] uint64_t protocol_features() const noexcept { return protocol_features_; }
  [[nodiscard]] Result<uint64_t> queue_count_max();
  [[nodiscard]] Result<virtio::BlkConfigSpace> config();

  Result<void> share(const SharedMemory& memory);
  // GET_INFLIGHT_FD, kept for set_inflight(). Fails when the back end has no in-flight region.
  Result<void> make_inflight(uint16_t queue_count, uint16_t queue_size);
  // SET_INFLIGHT_FD with what make_inflight() got, perhaps on an earlier connection.
  Result<void> set_inflight(const Frontend& owner);
  // Everything from SET_VRING_NUM to SET_VRING_ENABLE.
  Result<void> start_ring(uint16_t index, const SharedMemory& memory, const RingPlace& place);
  // GET_VRING_BASE.
  Result<uint32_t> stop_ring(uint16_t index);
  void kick(uint16_t index) const noexcept;
  [[nodiscard]] int kick_fd(uint16_t index) const noexcept { return rings_[index].kick_fd.get(); }
  [[nodiscard]] int call_fd(uint16_t index) const noexcept { return rings_[index].call_fd.get(); }
  // What make_inflight() got, and how much of it there is.
  [[nodiscard]] int inflight_fd() const noexcept { return inflight_fd_.get(); }
  [[nodiscard]] uint64_t inflight_bytes() const noexcept { return inflight_.mmap_size; }
  // Closes the connection without a word.
  void hang_up() noexcept { socket_.reset(); }

  // One request; with REPLY_ACK it is acknowledged, and an error is one.
  Result<void> send(vhost_user::RequestId request, std::span<const std::byte> payload, std::span<const int> fds = {});
  // One request that has a reply of `reply.size()` bytes; `fd`, when given, takes the descriptor that comes
  // with it.
  Result<void> ask(vhost_user::RequestId request, std::span<const std::byte> payload, std::span<std::byte> reply,
                   UniqueFd* fd = nullptr);

 private:
  struct Ring {
    UniqueFd kick_fd;
    UniqueFd call_fd;
  };
  explicit Frontend(UniqueFd socket) : socket_(std::move(socket)) {}
  Result<void> negotiate_features(uint64_t features);
  Result<void> put(vhost_user::RequestId request, uint32_t flags, std::span<const std::byte> payload,
                   std::span<const int> fds) const;
  Result<void> take(vhost_user::RequestId request, std::span<std::byte> reply, UniqueFd* fd) const;
  template <typename T>
  Result<void> say(vhost_user::RequestId request, const T& payload, std::span<const int> fds = {}) {
    return send(request, std::as_bytes(std::span(&payload, 1)), fds);
  }
  Ring& ring(uint16_t index);

  UniqueFd socket_;
  uint64_t features_ = 0;
  uint64_t protocol_features_ = 0;
  std::vector<Ring> rings_;
  UniqueFd inflight_fd_;
  vhost_user::InflightDescription inflight_;
};

}  // namespace outrigger::load
