// BackendChannel: the socket on which we ask something of the front end (SET_BACKEND_REQ_FD). The one thing
// we ask is that it look at the configuration space again. Never blocks: while an answer is outstanding or
// the socket is full, further notices merge into one. A front end that breaks the channel's rules loses it,
// not the session. Control reactor.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "core/reactor.h"
#include "vhost_user/message.h"

#include <array>
#include <cstddef>

namespace outrigger::vhost_user {

class BackendChannel final : private core::FdWatch {
 public:
  // `wants_replies`: REPLY_ACK was negotiated, so each notice asks for an acknowledgement.
  BackendChannel(core::Reactor& reactor, UniqueFd socket, bool wants_replies);
  ~BackendChannel() override;

  // VHOST_USER_BACKEND_CONFIG_CHANGE_MSG.
  void notify_config_changed();
  // False once the channel broke; it then stays quiet.
  [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
  [[nodiscard]] bool is_reply_outstanding() const noexcept { return is_reply_outstanding_; }

 private:
  void on_ready(uint32_t events) noexcept override;
  void send_pending();
  void receive_reply();
  void close(std::string_view reason);

  core::Reactor& reactor_;
  UniqueFd socket_;
  bool wants_replies_;
  bool is_pending_ = false;
  bool is_reply_outstanding_ = false;
  std::array<std::byte, sizeof(Header) + sizeof(uint64_t)> reply_{};
  size_t reply_bytes_ = 0;
  core::Timer timer_;
};

}  // namespace outrigger::vhost_user
