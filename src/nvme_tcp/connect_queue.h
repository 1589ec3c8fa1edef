// ConnectQueue: the queue that a connection has before it has one: it knows Connect and nothing else (NVMe Base 2.0,
// sections 3.3.2.2 and 6.3).
#pragma once

#include "core/reactor.h"
#include "nvme/directory.h"
#include "nvme/queue.h"

namespace outrigger::nvme_tcp {

// CATTR: the host wants no SQ flow control (Base 2.0, section 6.3).
inline constexpr uint8_t cattr_no_flow_control = 1U << 2U;

// Where hosts are let in: nvme::Directory, or a test. Control reactor.
class ConnectDesk {
 public:
  virtual ~ConnectDesk() = default;
  [[nodiscard]] virtual nvme::ConnectOutcome connect(const nvme::ConnectRequest& request) = 0;
};

// Who has the memory that a queue of a host needs, or not. Looked at before the host is let in, so that nobody is and
// then cannot be served; taken only when it was: whoever is refused, or waits, holds none.
class QueueRoom {
 public:
  virtual ~QueueRoom() = default;
  // For a queue of so many entries. False: there is none, now.
  [[nodiscard]] virtual bool has_room_for(uint32_t entries) noexcept = 0;
  // Right after it was said that there is room. False: the machine has no memory all the same.
  [[nodiscard]] virtual bool take_room_for(uint32_t entries) noexcept = 0;
};

class ConnectQueue final : public nvme::Queue {
 public:
  struct Context {
    core::Reactor& control;
    ConnectDesk& desk;
    const nvme::Port& port;
    const std::string& peer;
    const std::string& tls_identity;
    const std::string& tls_fingerprint;
    nvme::Link& link;
    QueueRoom& room;
    const std::string& local_address;
  };
  explicit ConnectQueue(const Context& context);
  // No Connect waits.
  ~ConnectQueue() override;

  // What Connect gave; empty until then.
  [[nodiscard]] std::shared_ptr<nvme::Queue> take_queue() noexcept { return std::move(queue_); }
  [[nodiscard]] bool has_queue() const noexcept { return queue_ != nullptr; }
  // Of the Connect that succeeded.
  [[nodiscard]] const nvme::ConnectSqe& sqe() const noexcept { return sqe_; }

  core::Reactor& home() const noexcept override { return context_.control; }
  bool is_ready() const noexcept override { return false; }
  void closed() noexcept override {}
  void attach() noexcept override {}
  void detach() noexcept override {}
  nvme::Status prepare(nvme::Command& command) noexcept override;
  void execute(nvme::Command& command) noexcept override;
  void expedite() noexcept override;

 private:
  void ask() noexcept;
  [[nodiscard]] nvme::ConnectOutcome connect() noexcept;

  Context context_;
  nvme::Command* waiting_ = nullptr;  // a Connect that is asked for again soon
  uint64_t patience_end_ns_ = 0;
  uint64_t pause_ns_ = 0;  // before it is asked for again
  core::Timer timer_;
  nvme::ConnectSqe sqe_;
  std::shared_ptr<nvme::Queue> queue_;
};

}  // namespace outrigger::nvme_tcp
