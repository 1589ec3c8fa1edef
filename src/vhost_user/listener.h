// Listener: a bound UNIX socket that front ends connect to, one at a time.
#pragma once

#include "vhost_user/endpoint.h"
#include "vhost_user/socket_address.h"

namespace outrigger::vhost_user {

class Listener final : public Endpoint, private core::FdWatch {
 public:
  static Result<std::unique_ptr<Listener>> create(core::Reactor& control, const SocketAddress& address,
                                                  const EndpointOptions& options, std::string name);
  // Removes the socket's file when it is still ours.
  ~Listener() override;

  core::Job<Result<UniqueFd>> next() override;
  void interrupt() override;
  void set_serving(const Session* session) override { serving_ = session; }

 private:
  struct ArrivalAwait {
    Listener& listener;
    bool await_ready() const noexcept { return listener.is_interrupted_ || listener.waiting_.is_open(); }
    void await_suspend(std::coroutine_handle<> waiter) noexcept { listener.waiter_ = waiter; }
    void await_resume() const noexcept {}
  };

  Listener(core::Reactor& control, SocketAddress address, std::string name)
      : control_(control), address_(address), name_(std::move(name)) {}
  Result<void> bind(const EndpointOptions& options);
  [[nodiscard]] Result<void> open_up(const EndpointOptions& options) const;
  void on_ready(uint32_t events) noexcept override;
  void arrived(UniqueFd socket);
  // A listener that cannot accept would be ready for ever: it looks away for a while.
  void look_away() noexcept;
  void look_again() noexcept;
  void resume();
  // Nobody reaches us any more, and the socket's file goes when it is still ours.
  void close_socket();

  core::Reactor& control_;
  SocketAddress address_;
  std::string name_;
  UniqueFd socket_;
  ino_t inode_ = 0;  // of the socket's file
  dev_t device_ = 0;
  UniqueFd waiting_;  // a front end that is next in line
  core::Timer pause_;
  bool is_watching_ = false;
  const Session* serving_ = nullptr;
  bool is_interrupted_ = false;
  std::coroutine_handle<> waiter_;
  log::Limiter limiter_;
};

}  // namespace outrigger::vhost_user
