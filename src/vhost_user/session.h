// Session: one front end's use of a virtio device, from connection to disconnection. Reads one request at a
// time, notes what it says, lets RingSet bring the device in line, and answers. Whatever the front end does,
// the worst that happens is the end of its session. Lives and runs on the control reactor.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "core/job.h"
#include "core/reactor.h"
#include "vhost_user/backend_channel.h"
#include "vhost_user/connection.h"
#include "vhost_user/inflight_region.h"
#include "vhost_user/memory_table.h"
#include "vhost_user/message.h"
#include "vhost_user/ring_set.h"
#include "vhost_user/sigbus_guard.h"
#include "virtio/device.h"

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace outrigger::vhost_user {

// What may be seen of a session from outside.
struct SessionState {
  pid_t peer_pid = 0;              // 0: not known
  uint64_t features = 0;           // negotiated, transport bits included
  uint64_t protocol_features = 0;  // negotiated
  size_t region_count = 0;
  uint16_t running_ring_count = 0;
  bool is_logging = false;  // writes are marked in a dirty log
};

class Session final : private virtio::Device::ConfigListener, private core::FdWatch {
 public:
  // `socket`: a connected UNIX stream socket. `name` is for logs. The device must have no other session.
  static Result<std::unique_ptr<Session>> create(core::Reactor& control, virtio::Device& device,
                                                 UniqueFd socket, std::string name);
  // serve() must have ended, or never begun.
  ~Session() override;

  // Serves until the connection ends, for whatever reason, which is the result; Cancelled after stop(). When
  // it ends, every ring has stopped with nothing in flight and the front end's memory is not used any more.
  core::Job<Error> serve();
  // Ends serve() soon.
  void stop();

  [[nodiscard]] SessionState state() const;
  // The front end has gone, though serve() may not have noticed yet.
  [[nodiscard]] bool has_hung_up() const noexcept;

 private:
  // An answer of a request's own. Not present: the request has none.
  struct Reply {
    std::array<std::byte, sizeof(ConfigDescription)> payload;
    uint32_t payload_bytes = 0;
    bool is_present = false;
    UniqueFd fd;
  };
  template <typename T>
  static Reply reply_with(const T& value);

  Session(core::Reactor& control, virtio::Device& device, UniqueFd socket, std::string name,
          std::shared_ptr<BreakSignal> broken);
  void on_ready(uint32_t events) noexcept override;
  void config_changed() override;
  void send_config_notice();

  core::Job<Result<void>> serve_one(Received received);
  core::Job<Result<Reply>> handle(Message message);
  core::Job<Result<void>> answer(Header header, Result<Reply> outcome);
  core::Job<Result<void>> send_reply(uint32_t request, Reply reply);

  Result<Reply> apply(Message& message);
  Result<Reply> apply_features(Message& message);
  Result<Reply> apply_memory(Message& message);
  Result<Reply> apply_vring(Message& message);
  Result<Reply> apply_vring_fd(Message& message);
  Result<Reply> apply_config(Message& message);
  Result<Reply> apply_inflight(Message& message);
  Result<Reply> apply_log(Message& message);
  Result<Reply> apply_status(Message& message);
  Result<void> set_features(uint64_t features);
  Result<void> set_protocol_features(uint64_t features);
  Result<uint16_t> ring_index(uint32_t index) const;

  [[nodiscard]] bool has(ProtocolFeature protocol_feature) const noexcept {
    return (protocol_features_ & bit(protocol_feature)) != 0;
  }
  [[nodiscard]] uint64_t offered_features() const noexcept;
  [[nodiscard]] RingForm ring_form() const noexcept;
  [[nodiscard]] RingSet::Surroundings surroundings() const;

  core::Reactor& control_;
  virtio::Device& device_;
  std::string name_;
  std::shared_ptr<BreakSignal> broken_;
  Connection connection_;
  RingSet rings_;
  MemoryTable memory_;
  InflightRegion inflight_;
  std::shared_ptr<virtio::DirtyLog> dirty_log_;
  std::unique_ptr<BackendChannel> channel_;
  log::Limiter limiter_;
  std::array<std::byte, sizeof(Header) + sizeof(ConfigDescription)> outgoing_;

  uint64_t features_ = 0;
  bool has_features_ = false;
  // The front end asked for the configuration before it negotiated: it knows what we start with. One that comes back
  // after our death does not ask, and its driver goes by what a predecessor said.
  bool has_asked_config_ = false;
  uint64_t protocol_features_ = 0;
  uint64_t status_ = 0;
  bool is_serving_ = false;
  bool watches_break_ = false;
  // The front end may not know the present configuration space. So it begins, because one that comes back
  // after our death does not ask again.
  bool is_config_notice_due_ = true;
};

}  // namespace outrigger::vhost_user
