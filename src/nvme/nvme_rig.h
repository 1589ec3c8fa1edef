// For tests: an IoQueue over devices in this process, in virtual time, with the test's thread as its core and as the
// control reactor, and commands with memory.
#pragma once

#include "base/check.h"
#include "block/device.h"
#include "block/memory_device.h"
#include "block/test_rig.h"
#include "core/clock.h"
#include "core/random.h"
#include "nvme/io_queue.h"
#include "nvme/nvm_format.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace outrigger::nvme::rig {

inline constexpr uint32_t nsid_max = 8;

// What control would be. Commands that come here wait until the test answers.
class Keeper final : public QueueKeeper {
 public:
  void execute_on_control(IoQueue&, Command& command, Reply reply) override {
    commands.push_back(&command);
    replies.push_back(std::move(reply));
  }
  void error_happened() noexcept override { ++error_events; }
  bool is_authenticated(const IoQueue&) const noexcept override { return is_ready; }
  void queue_leaves(IoQueue&) noexcept override { is_leaving = true; }
  void queue_closed(IoQueue&) noexcept override { is_closed = true; }

  std::vector<Command*> commands;
  std::vector<Reply> replies;
  uint32_t error_events = 0;
  bool is_ready = true;
  bool is_leaving = false;
  bool is_closed = false;
};

struct Answer final : core::Message {
  Answer() {
    run = [](core::Message& message) noexcept { static_cast<Answer&>(message).is_here = true; };
  }
  bool is_here = false;
};

class Queues {
 public:
  // `limits`: of the port.
  explicit Queues(size_t buffer_bytes = 0, std::shared_ptr<core::RateLimits> limits = nullptr)
      : data_(clock, {.uring_entries = 0, .buffer_bytes = buffer_bytes}), namespaces(data_.reactor(), nsid_max) {
    queue = std::make_unique<IoQueue>(IoQueueContext{.name = "test",
                                                     .qid = 7,
                                                     .control = control_.reactor(),
                                                     .namespaces = namespaces,
                                                     .access = std::make_shared<const AccessTable>(access),
                                                     .error_log = error_log,
                                                     .keeper = keeper,
                                                     .mdts_bytes = mdts_bytes,
                                                     .limits = std::move(limits)});
  }
  ~Queues() {
    if (is_attached_) {
      queue->detach();
    }
    queue->closed();
    queue.reset();
    for (uint32_t nsid = 1; nsid <= nsid_max; ++nsid) {
      if (namespaces.find(nsid) != nullptr) {
        namespaces.remove(nsid);
      }
    }
  }
  Queues(const Queues&) = delete;
  Queues& operator=(const Queues&) = delete;

  void attach() {
    queue->attach();
    is_attached_ = true;
  }
  // Everything is allowed on it.
  void add(uint32_t nsid, block::Device& device) {
    std::unique_ptr<PairLock>& lock = pair_locks_[nsid];
    lock = std::make_unique<PairLock>(nsid, namespaces);
    PairLock* const needed = device.fixed_geometry().can_compare_and_write ? nullptr : lock.get();
    check(namespaces.add(nsid, device, needed).has_value(), "a test's device opens");
    allow(nsid, {.read = {}, .write = {}, .reservation = {}});
  }
  // Keeps a device as long as the channels to it.
  block::Device& keep(std::unique_ptr<block::Device> device) { return *devices_.emplace_back(std::move(device)); }
  void allow(uint32_t nsid, const Access& rights) {
    access.set(nsid, rights);
    queue->replace_access(std::make_shared<const AccessTable>(access));
  }
  void turn(int count = 1) {
    for (int i = 0; i < count; ++i) {
      control_.reactor().run_turn();
      data_.reactor().run_turn();
    }
  }
  [[nodiscard]] core::Reactor& reactor() noexcept { return data_.reactor(); }
  [[nodiscard]] IoTotals totals() const {
    IoTotals totals;
    totals.add(queue->counters());
    return totals;
  }
  [[nodiscard]] ErrorLogEntry latest_error() const {
    std::vector<ErrorLogEntry> entries(error_log_entries);
    error_log.read(std::span<ErrorLogEntry, error_log_entries>(entries));
    return entries.front();
  }

  core::ManualClock clock;

 private:
  block::TestCore control_{clock};
  block::TestCore data_;
  std::vector<std::unique_ptr<block::Device>> devices_;
  std::map<uint32_t, std::unique_ptr<PairLock>> pair_locks_;
  bool is_attached_ = false;

 public:
  CoreNamespaces namespaces;
  AccessTable access{nsid_max};
  ErrorLog error_log;
  Keeper keeper;
  std::unique_ptr<IoQueue> queue;
};

inline Sqe sqe_of(IoOpcode opcode, uint32_t nsid = 1) {
  static uint16_t next_cid = 0;
  Sqe sqe;
  sqe.opcode = static_cast<uint8_t>(opcode);
  sqe.flags = 1U << 6U;
  sqe.cid = ++next_cid;
  sqe.nsid = nsid;
  return sqe;
}
// A command that names blocks; `count` is not 0's based.
inline Sqe sqe_of(IoOpcode opcode, uint64_t slba, uint32_t count, uint32_t bits = 0, uint32_t nsid = 1) {
  Sqe sqe = sqe_of(opcode, nsid);
  sqe.cdw10 = static_cast<uint32_t>(slba);
  sqe.cdw11 = static_cast<uint32_t>(slba >> 32U);
  sqe.cdw12 = ((count - 1) & 0xFFFFU) | bits;
  return sqe;
}

// One command as a transport holds it.
class Issued {
 public:
  Issued(Queues& queues, const Sqe& sqe, std::span<const std::byte> data = {}, uint32_t sgl_bytes = 2U << 20U)
      : queues_(queues), sent_(data.begin(), data.end()) {
    command.sqe = sqe;
    command.sgl_bytes = sgl_bytes;
    command.owner = this;
    command.done = [](Command& done) noexcept {
      auto& self = *static_cast<Issued*>(done.owner);
      check(!self.is_done, "a command ends once");
      self.is_done = true;
    };
  }
  Issued(const Issued&) = delete;
  Issued& operator=(const Issued&) = delete;

  // False: refused, and ended by that.
  bool prepare() {
    command.status = queues_.queue->prepare(command);
    is_prepared_ = command.status.is_success();
    is_done = !is_prepared_;
    return is_prepared_;
  }
  // Its data are there. `piece_bytes`: how the transport's memory is cut; 0: not at all.
  Issued& execute(size_t piece_bytes = 0) {
    if (is_prepared_ && command.data_bytes != 0) {
      memory.assign(command.data_bytes, std::byte{0xA5});
      if (command.direction == Direction::ToController && !sent_.empty()) {
        std::memcpy(memory.data(), sent_.data(), std::min<size_t>(sent_.size(), command.data_bytes));
      }
    }
    for (size_t at = 0; at < memory.size();) {
      const size_t bytes = piece_bytes == 0 ? memory.size() : std::min(piece_bytes, memory.size() - at);
      pieces_.push_back({.iov_base = memory.data() + at, .iov_len = bytes});
      at += bytes;
    }
    command.iov = pieces_.data();
    command.iov_count = static_cast<uint32_t>(pieces_.size());
    if (is_prepared_) {
      queues_.queue->execute(command);
    }
    return *this;
  }
  Issued& start(size_t piece_bytes = 0) {
    prepare();
    return execute(piece_bytes);
  }
  // To its end.
  Status run(size_t piece_bytes = 0) {
    start(piece_bytes);
    return wait();
  }
  Status wait() {
    for (int turns = 0; !is_done; ++turns) {
      check(turns < 10'000, "a command ends");
      queues_.turn();
    }
    return command.status;
  }
  [[nodiscard]] StatusCode code() const { return command.status.code(); }

  Command command;
  std::vector<std::byte> memory;
  bool is_done = false;

 private:
  Queues& queues_;
  std::vector<std::byte> sent_;
  std::vector<iovec> pieces_;
  bool is_prepared_ = false;
};

inline std::vector<std::byte> random_bytes(core::Random& random, size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes) {
    byte = static_cast<std::byte>(random.next());
  }
  return bytes;
}
template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}
inline std::unique_ptr<block::MemoryDevice> memory_device(uint64_t block_count, uint32_t block_size = 512,
                                                          bool is_writable = true, bool can_compare_and_write = true) {
  auto made = block::MemoryDevice::create("memory", {.block_size = block_size,
                                                     .block_count = block_count,
                                                     .is_writable = is_writable,
                                                     .can_compare_and_write = can_compare_and_write});
  check(made.has_value(), "a test has memory");
  return std::move(*made);
}

}  // namespace outrigger::nvme::rig
