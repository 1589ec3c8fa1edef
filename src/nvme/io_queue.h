// IoQueue: the I/O commands of the NVM command set on one data core (NVM Command Set Specification 1.0). It turns
// commands into requests at the block seam; what a device cannot do in one request (compare, copy, verify, long
// write-zeroes) it does step by step, within a share of bytes per turn. Commands that concern a whole subsystem
// (reservations, authentication) go to the control reactor and come back.
#pragma once

#include "base/intrusive.h"
#include "core/reactor.h"
#include "nvme/access.h"
#include "nvme/core_namespaces.h"
#include "nvme/queue.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::nvme {

class ErrorLog;
class IoQueue;

// What an I/O queue did. Written by its core alone, read by anybody.
struct IoQueueCounters {
  std::atomic<uint64_t> reads{0};   // host read commands: Read, Compare, Verify
  std::atomic<uint64_t> writes{0};  // host write commands: Write, Write Zeroes, Copy
  std::atomic<uint64_t> read_bytes{0};
  std::atomic<uint64_t> written_bytes{0};
  std::atomic<uint64_t> media_errors{0};
  std::atomic<uint64_t> errors{0};           // commands that ended with an error, of any kind
  std::atomic<uint64_t> last_command_ns{0};  // when the latest one came: for traffic based keep alive
};

// What control does for I/O queues. Control reactor.
class QueueKeeper {
 public:
  using Reply = std::move_only_function<void(Status, uint64_t result)>;
  virtual ~QueueKeeper() = default;
  // A command that an I/O queue cannot do on its own: Reservation*, Authentication*. Its data are in `command.iov`.
  // `reply` is called once, on the control reactor, perhaps later.
  virtual void execute_on_control(IoQueue& queue, Command& command, Reply reply) = 0;
  // Which data such a command needs, or why it is refused. Any thread; looks at nothing but the command.
  [[nodiscard]] static Status prepare_on_control(Command& command) noexcept;
  // Has the host of this queue authenticated, as far as it must? Looked at while the queue is on the control reactor.
  [[nodiscard]] virtual bool is_authenticated(const IoQueue& queue) const noexcept = 0;
  virtual void queue_closed(IoQueue& queue) noexcept = 0;
};

struct IoQueueContext {
  std::string name;  // subsystem, controller, queue: for logs
  uint16_t qid = 0;
  core::Reactor& control;
  CoreNamespaces& namespaces;  // of the core where the queue will live
  std::shared_ptr<const AccessTable> access;
  ErrorLog& error_log;  // of the controller
  QueueKeeper& keeper;
  uint32_t mdts_bytes = 0;  // most data of one command
};

class IoQueue final : public Queue, private core::Poller {
 public:
  explicit IoQueue(IoQueueContext context);
  ~IoQueue() override;
  IoQueue(const IoQueue&) = delete;
  IoQueue& operator=(const IoQueue&) = delete;

  [[nodiscard]] uint16_t qid() const noexcept { return context_.qid; }
  [[nodiscard]] const IoQueueCounters& counters() const noexcept { return counters_; }

  core::Reactor& home() const noexcept override { return context_.namespaces.reactor(); }
  bool is_ready() const noexcept override;
  void closed() noexcept override;
  void attach() noexcept override;
  void detach() noexcept override;
  Status prepare(Command& command) noexcept override;
  void execute(Command& command) noexcept override;
  void prefetch(const Command& command) noexcept override;
  void forget(Command& command) noexcept override;
  void expedite() noexcept override;

  // -- control's orders, on the queue's home (before attach(): on the control reactor)
  // New commands are judged by `access`.
  void replace_access(std::shared_ptr<const AccessTable> access) noexcept;
  // Posts `answer` to the control reactor as soon as no command that was admitted before this call is at work on `nsid`
  // (all namespaces when 0). After replace_access(): whoever was allowed before and is not any more has finished.
  void fence(uint32_t nsid, core::Message& answer) noexcept;
  // Abort (Base 5.1): true when a command with this identifier was found and will not be executed; it then completes
  // with AbortRequested. What is at work below cannot be taken back.
  bool abort(uint16_t cid) noexcept;

 private:
  // core::Poller: commands that are done step by step.
  uint32_t poll(uint64_t now_ns) noexcept override;
  bool prepare_sleep() noexcept override;
  void wake() noexcept override {}

  IoQueueContext context_;
  IoQueueCounters counters_;
};

}  // namespace outrigger::nvme
