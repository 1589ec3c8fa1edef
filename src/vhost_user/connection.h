// Connection: one front end's socket as a stream of requests. Reads exactly one message at a time, takes over
// the descriptors that come with it, never blocks, and gives up on a message that begins and does not end.
// Used by one job on the control reactor; one receive() or send() at a time.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "core/job.h"
#include "core/reactor.h"
#include "vhost_user/message.h"

#include <sys/socket.h>

#include <array>
#include <coroutine>
#include <cstddef>
#include <optional>
#include <span>

namespace outrigger::vhost_user {

// A request whose bytes were all there. `message` is an error when its content was wrong; the stream goes on.
struct Received {
  Header header;
  Result<Message> message;
};

class Connection final : private core::FdWatch {
 public:
  // `socket` is a connected stream socket; it is made non-blocking.
  Connection(core::Reactor& reactor, UniqueFd socket);
  // No receive() or send() may be waiting.
  ~Connection() override;

  class ReceiveAwait;
  class SendAwait;

  // The next request. Errors end the connection: Unavailable when the front end closed it, Cancelled after
  // interrupt(), DeadlineExceeded for half a message, InvalidArgument when the stream makes no sense.
  [[nodiscard]] ReceiveAwait receive() noexcept;
  // Sends `bytes` and, with their first byte, `fd` when it is open. Both are borrowed until it is done.
  [[nodiscard]] SendAwait send(std::span<const std::byte> bytes, const UniqueFd& fd) noexcept;
  // Ends the receive() or send() that waits, or the next one, with `reason`. Later calls change nothing.
  void interrupt(Error reason);

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }

 private:
  friend class ReceiveAwait;
  friend class SendAwait;
  enum class Progress : uint8_t { Done, Blocked, Failed };

  void on_ready(uint32_t events) noexcept override;
  Progress try_receive();
  Progress receive_part(std::byte* into, size_t wanted, size_t& have);
  Progress accept_fds(const msghdr& message);
  Progress finish_message();
  Progress try_send();
  Progress fail_with(Error error);
  // False when the socket cannot be watched: the connection has failed and nothing is waited for.
  bool wait_for(uint32_t events, uint64_t timeout_ns, std::coroutine_handle<> waiter);
  void watch_half_message();
  void resume();

  core::Reactor& reactor_;
  UniqueFd socket_;
  std::optional<Error> failure_;  // the stream has ended

  // What is waited for, if anything.
  std::coroutine_handle<> waiter_;
  bool is_sending_ = false;
  core::Timer timer_;

  // The message being received.
  Header header_;
  size_t header_bytes_ = 0;
  std::array<std::byte, payload_bytes_max> payload_;
  size_t payload_bytes_ = 0;
  FdList fds_;
  std::optional<Received> received_;
  uint32_t received_in_turn_ = 0;

  // The reply being sent.
  std::span<const std::byte> unsent_;
  int send_fd_ = -1;
};

class [[nodiscard]] Connection::ReceiveAwait {
 public:
  explicit ReceiveAwait(Connection& connection) noexcept : connection_(connection) {}
  bool await_ready();
  bool await_suspend(std::coroutine_handle<> waiter);
  Result<Received> await_resume();

 private:
  Connection& connection_;
};

class [[nodiscard]] Connection::SendAwait {
 public:
  explicit SendAwait(Connection& connection) noexcept : connection_(connection) {}
  bool await_ready();
  bool await_suspend(std::coroutine_handle<> waiter);
  Result<void> await_resume();

 private:
  Connection& connection_;
};

}  // namespace outrigger::vhost_user
