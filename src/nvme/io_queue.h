// IoQueue: the I/O commands of the NVM command set on one data core (NVM Command Set Specification 1.0). It turns
// commands into requests at the block seam; what a device cannot do in one request (compare, copy, verify, long
// write-zeroes) it does step by step, within a share of bytes per turn. Commands that concern a whole subsystem
// (reservations, authentication) go to the control reactor and come back.
#pragma once

#include "base/intrusive.h"
#include "core/rate_gate.h"
#include "core/reactor.h"
#include "nvme/access.h"
#include "nvme/core_namespaces.h"
#include "nvme/error_log.h"
#include "nvme/io_commands.h"
#include "nvme/io_counters.h"
#include "nvme/limits.h"
#include "nvme/pair_lock.h"
#include "nvme/queue.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace outrigger::nvme {

class IoQueue;

// What becomes of commands at work on a fenced namespace that its device has not got.
enum class Unsubmitted : uint8_t {
  GoOn,
  AreAborted,    // as far as they are between two steps; what was handed down goes on (Base 8.19.7)
  AreAbandoned,  // wherever they wait, of namespaces of which nothing is left to their host
};

// What control does for I/O queues. Control reactor.
class QueueKeeper {
 public:
  using Reply = std::move_only_function<void(Status, uint64_t result)>;
  virtual ~QueueKeeper() = default;
  // A command that an I/O queue cannot do on its own: Reservation*, Authentication*. Its data are in `command.iov`.
  // `reply` is called once, on the control reactor, perhaps later.
  virtual void execute_on_control(IoQueue& queue, Command& command, Reply reply) = 0;
  // The error log has an entry that is worth an event (ErrorLog::add()).
  virtual void error_happened() noexcept = 0;
  // Which data such a command needs, or why it is refused. Any thread; looks at nothing but the command.
  [[nodiscard]] static Status prepare_on_control(Command& command) noexcept;
  // Has the host of this queue authenticated, as far as it must? Looked at while the queue is on the control reactor.
  [[nodiscard]] virtual bool is_authenticated(const IoQueue& queue) const noexcept = 0;
  // Its connection goes: commands that wait for a turn in the meantime need none any more.
  virtual void queue_leaves(IoQueue& queue) noexcept = 0;
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
  // Of the port through which its host came, for all hosts together; nullptr: there are none.
  std::shared_ptr<core::RateLimits> limits = nullptr;
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
  bool lend(Command& command) noexcept override;
  void returned(Command& command) noexcept override;
  void forget(Command& command) noexcept override;
  void expedite() noexcept override;

  // -- control's orders, on the queue's home (before attach(): on the control reactor)
  // New commands are judged by `access`.
  void replace_access(std::shared_ptr<const AccessTable> access) noexcept;
  // Posts `answer` to the control reactor as soon as no command that was admitted before this call is at work on
  // `fenced`. After replace_access(): whoever was allowed before and is not any more has finished. A
  // command is at work from execute() on: one whose data have not come is judged again when they are there, so that no
  // host can hold a fence up. What is on the control reactor does not count either: it may be what the fence is for.
  // What waits for a rate limit at its device is told to hurry.
  void fence(const FencedNamespaces& fenced, core::Message& answer) noexcept;
  // Abort (Base 5.1): true when a command with this identifier was found and will not be executed; it then completes
  // with AbortRequested. What is at work below cannot be taken back.
  bool abort(uint16_t cid) noexcept;
  // Preempt and Abort (Base 8.19.7): whoever is at work on `fenced`, waits its turn or is between two steps, does no
  // more.
  void abort_all(const FencedNamespaces& fenced) noexcept;
  // After replace_access(): what is at work on `fenced` ends, where the host may do nothing with the
  // namespace any more. What waits on its way to the device does not get there (block::Channel::abandon()); what the
  // device has is waited for by a fence.
  void abandon_denied(const FencedNamespaces& fenced) noexcept;

  // -- of PairLeg, on the queue's home
  // How many commands at work may write these blocks: PairLeg::awaited_ended() is called for each.
  [[nodiscard]] uint32_t await_writes(uint32_t nsid, const LockedBlocks& blocks) noexcept;
  // A pair has ended: who waited for it goes on.
  void go_on(uint32_t nsid) noexcept;

 private:
  // Somebody on the control reactor who waits for commands to end.
  struct Fence {
    uint64_t sequence_max;  // of the commands that it waits for
    FencedNamespaces fenced;
    uint32_t command_count;
    core::Message* answer;
  };

  // core::Poller: commands that are done step by step.
  uint32_t poll(uint64_t now_ns) noexcept override;
  bool prepare_sleep() noexcept override { return parked_.is_empty(); }
  void wake() noexcept override {}

  [[nodiscard]] IoRules rules() const noexcept {
    return {.access = *context_.access, .namespaces = context_.namespaces, .mdts_bytes = context_.mdts_bytes};
  }

  // -- io_queue.cc
  Status prepare_in_exile(Command& command) noexcept;
  Status admit(Command& command, Verdict verdict) noexcept;
  Status refuse(const Command& command, Verdict verdict) noexcept;
  void execute_slowly(Command& command) noexcept;
  [[nodiscard]] Verdict judge_again(Command& command) noexcept;
  void begin_work(Command& command) noexcept { command.work.sequence = ++sequence_; }
  void submit_io(Command& command) noexcept;
  static void io_done(block::Request& io) noexcept;
  template <typename Which>
  void abandon(Which is_meant) noexcept;
  [[nodiscard]] bool is_denied(const Command& command, const FencedNamespaces& fenced) const noexcept;
  [[nodiscard]] Status denial_of(const Command& command) const noexcept;
  void tell_control_to_hurry() noexcept;
  void tell_control_of_error() noexcept;
  void send_to_control(Command& command) noexcept;
  void control_done(Command& command, Status status, uint64_t result) noexcept;
  [[nodiscard]] Status failure(const Command& command, Status status, uint16_t location) noexcept;
  [[nodiscard]] Status failure_of_io(const Command& command, const block::Request& io) noexcept;
  void finish(Command& command, Status status, uint64_t result = 0) noexcept;
  void give_up(Command& command, Status status, uint16_t location, uint64_t result = 0) noexcept;
  void count(const Command& command, bool is_error) noexcept;
  void release_slot(Command& command) noexcept;
  void settle_fences(const Command& command) noexcept;
  [[nodiscard]] bool must_wait_for_pair(Command& command) noexcept;
  [[nodiscard]] bool has_share() noexcept;
  void spend(int64_t bytes) noexcept {
    share_bytes_ -= bytes;
    if (share_bytes_ <= 0) [[unlikely]] {
      share_turn_ns_ = reactor_->turn_ns();
    }
  }

  [[nodiscard]] bool is_beyond_abort(const Command& command) const noexcept;

  // -- io_queue_limits.cc: the limits of the port
  using Gate = core::RateGate<Command, IoQueue>;
  friend Gate;
  void set_charge(Command& command) const noexcept;
  [[nodiscard]] bool may_pass(Command& command) noexcept;
  void pass(Command& command) noexcept;
  [[nodiscard]] core::Charge charge_of(const Command& command) const noexcept {
    return {.is_read = command.work.is_read, .bytes = command.work.paid_bytes};
  }

  // -- io_queue_fused.cc
  Status prepare_fused(Command& command) noexcept;
  Status prepare_second(Command& command, Command* first, bool was_first_refused) noexcept;
  void execute_fused(Command& command) noexcept;
  [[nodiscard]] std::pair<Verdict, Verdict> judge_pair_again(Command& second) noexcept;
  void run_pair(Command& second) noexcept;
  void start_pair(Command& second) noexcept;
  void submit_pair(Command& second) noexcept;
  static void pair_done(block::Request& io) noexcept;
  void leave_pair(Command& command, Status peer_outcome) noexcept;
  void decide(Command& command, Status outcome) noexcept;
  void end_pair(Command& second, Status of_first, Status of_second) noexcept;
  static void take_out(IntrusiveQueue<Command>& queue, Command& command) noexcept;

  // -- io_queue_pair.cc
  void lock_pair(Command& second) noexcept;
  void pair_locked() noexcept;
  void pair_step_ended(Command& command, Status status) noexcept;
  void unlock_pair(Status of_first, Status of_second) noexcept;
  void pair_unlocked() noexcept;
  void finish_locked_pair() noexcept;
  void withdraw_pair() noexcept;
  void pair_withdrawn() noexcept;
  void abandon_pair_at_work(Command& command, Status status) noexcept;
  void hurry_pair() noexcept;
  void tear_pair() noexcept;
  void tell_torn(const Command& write) noexcept;
  [[nodiscard]] static bool has_begun_to_write(const Command& command) noexcept;

  // -- io_queue_steps.cc
  void start_steps(Command& command) noexcept;
  void run_steps(Command& command) noexcept;
  [[nodiscard]] bool end_step(Command& command) noexcept;
  static void step_done(block::Request& io) noexcept;
  [[nodiscard]] bool get_memory(Command& command) noexcept;
  [[nodiscard]] StepMemory* take_memory() noexcept;
  void give_back_memory(Command& command) noexcept;
  void park(Command& command) noexcept;
  void resume(Command& command) noexcept;

  static Command& command_of(block::Request& io) noexcept {
    return *reinterpret_cast<Command*>(reinterpret_cast<std::byte*>(&io) - offsetof(Command, io));
  }

  // What every command touches.
  IoQueueContext context_;
  core::Reactor* reactor_;        // where it is served at the moment
  uint32_t version_ = 1;          // of the access table
  bool is_home_ = false;          // attached
  bool is_leaving_ = false;       // the transport goes away
  bool has_fused_state_ = false;  // the command before was the first of a pair: the next one is looked at closely
  bool is_fused_first_refused_ = false;
  bool is_polled_ = false;
  bool is_pair_under_way_ = false;
  int64_t share_bytes_ = turn_bytes_max;  // left of this turn's share
  uint64_t sequence_ = 0;
  uint32_t free_slot_count_ = queue_entries_max;
  std::unique_ptr<Command*[]> slots_;  // commands that were prepared and have not ended; nullptr: free
  std::unique_ptr<uint16_t[]> free_slots_;
  IoQueueCounters counters_;
  Gate gate_;

  Command* fused_open_ = nullptr;  // the first of a pair, whose second would have to come next
  uint64_t share_turn_ns_ = 0;     // when the share was used up last
  IntrusiveQueue<Command> parked_;
  IntrusiveQueue<Command> starved_;
  IntrusiveQueue<Command> pairs_;   // seconds of pairs that wait for the pair under way
  IntrusiveQueue<Command> locked_;  // wait for the end of a pair, here or elsewhere
  PairTicket ticket_;               // of the pair under way, when it is done step by step
  bool is_asking_ = false;          // for its lock
  bool is_withdrawing_ = false;     // until which it is not over
  bool is_unlocked_ = false;        // meanwhile
  core::Timer tear_timer_;          // its transport has gone
  Command* pair_second_ = nullptr;
  std::pair<Status, Status> pair_outcome_;
  std::vector<Fence> fences_;
  std::unique_ptr<iovec[]> pair_iov_;
  std::unique_ptr<std::byte[]> own_memory_;  // of the first of the memories
  std::array<StepMemory, step_memories_max> memories_;
};

}  // namespace outrigger::nvme
