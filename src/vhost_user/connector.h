// Connector: goes to a front end that listens, and comes back to it after a loss, with pauses that grow while
// nobody answers.
#pragma once

#include "vhost_user/endpoint.h"
#include "vhost_user/limits.h"
#include "vhost_user/socket_address.h"

namespace outrigger::vhost_user {

class Connector final : public Endpoint {
 public:
  Connector(core::Reactor& control, const SocketAddress& address, std::string name);
  ~Connector() override;

  core::Job<Result<UniqueFd>> next() override;
  void interrupt() override;
  void set_serving(const Session* session) override;

 private:
  struct PauseAwait {
    Connector& connector;
    bool await_ready() const noexcept { return connector.is_interrupted_; }
    void await_suspend(std::coroutine_handle<> waiter);
    void await_resume() const noexcept {}
  };
  void resume();

  core::Reactor& control_;
  SocketAddress address_;
  std::string name_;
  uint64_t pause_ns_ = 0;          // before the next try
  uint64_t serving_since_ns_ = 0;  // 0: not
  std::string told_;               // the last reason that was logged, to log each once
  bool is_interrupted_ = false;
  std::coroutine_handle<> waiter_;
  core::Timer timer_;
};

}  // namespace outrigger::vhost_user
