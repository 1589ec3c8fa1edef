// For tests of remote controllers: a subsystem in memory, and paths to it that do what the test says. Commands take a
// while, in the reactor's time; a path that is lost answers what is in flight with a path error, and its controller has
// executed it, will do so late, or never will.
#pragma once

#include "base/check.h"
#include "block/iov_cursor.h"
#include "core/random.h"
#include "nvme_host/path.h"
#include "nvme_host/remote_wire.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace outrigger::nvme_host {

// The blocks behind all paths, and what commands do with them. Cores may use different blocks at the same time.
struct FakeStorage {
  FakeStorage(uint32_t bytes_of_block, uint64_t count)
      : block_bytes(bytes_of_block), block_count(count), bytes(bytes_of_block * count) {}

  const uint32_t block_bytes;
  uint64_t block_count;
  std::vector<std::byte> bytes;

  [[nodiscard]] bool is_within(uint64_t lba, uint64_t count) const {
    return count <= block_count && lba <= block_count - count;
  }
  [[nodiscard]] std::byte* at(uint64_t lba) { return bytes.data() + lba * block_bytes; }
  void resize(uint64_t count) {
    block_count = count;
    bytes.resize(count * block_bytes);
  }

  // `data` is what the host sends, or takes what it gets.
  nvme::Status execute(const nvme::Sqe& sqe, std::span<std::byte> data) {
    const auto out_of_range = nvme::Status::final(nvme::StatusCode::LbaOutOfRange);
    const uint64_t lba = sqe.slba();
    const size_t length = size_t{sqe.block_count()} * block_bytes;
    switch (static_cast<nvme::IoOpcode>(sqe.opcode)) {
      case nvme::IoOpcode::Flush: return {};
      case nvme::IoOpcode::Read:
      case nvme::IoOpcode::Write:
      case nvme::IoOpcode::Compare: {
        if (!is_within(lba, sqe.block_count())) {
          return out_of_range;
        }
        check(data.size() == length, "as much data as blocks");
        return transfer(sqe, data);
      }
      case nvme::IoOpcode::WriteZeroes:
        if (!is_within(lba, sqe.block_count())) {
          return out_of_range;
        }
        std::memset(at(lba), 0, length);
        return {};
      case nvme::IoOpcode::DatasetManagement: return discard(sqe, data);
      case nvme::IoOpcode::Copy: return copy(sqe, data);
      default: return nvme::Status::final(nvme::StatusCode::InvalidOpcode);
    }
  }

 private:
  nvme::Status transfer(const nvme::Sqe& sqe, std::span<std::byte> data) {
    std::byte* const memory = at(sqe.slba());
    switch (static_cast<nvme::IoOpcode>(sqe.opcode)) {
      case nvme::IoOpcode::Read: std::memcpy(data.data(), memory, data.size()); return {};
      case nvme::IoOpcode::Write: std::memcpy(memory, data.data(), data.size()); return {};
      default: break;
    }
    const bool is_equal = std::memcmp(memory, data.data(), data.size()) == 0;
    return is_equal ? nvme::Status() : nvme::Status::final(nvme::StatusCode::CompareFailure);
  }
  nvme::Status discard(const nvme::Sqe& sqe, std::span<std::byte> data) {
    DatasetRange range;
    check(sqe.cdw10 == 0 && sqe.cdw11 == cdw::DatasetAd && data.size() == sizeof(range), "one range, deallocated");
    std::memcpy(&range, data.data(), sizeof(range));
    if (!is_within(range.slba, range.block_count)) {
      return nvme::Status::final(nvme::StatusCode::LbaOutOfRange);
    }
    std::memset(at(range.slba), 0xDD, size_t{range.block_count} * block_bytes);
    return {};
  }
  nvme::Status copy(const nvme::Sqe& sqe, std::span<std::byte> data) {
    CopyRange range;
    check((sqe.cdw12 & 0xFFFU) == 0 && data.size() == sizeof(range), "one range of format 0");
    std::memcpy(&range, data.data(), sizeof(range));
    const uint64_t count = range.block_count + 1U;
    if (!is_within(range.slba, count) || !is_within(sqe.slba(), count)) {
      return nvme::Status::final(nvme::StatusCode::LbaOutOfRange);
    }
    std::memmove(at(sqe.slba()), at(range.slba), count * block_bytes);
    return {};
  }
};

// One queue of a fake path. Belongs to its reactor.
class FakeQueue final : public PathQueue {
 public:
  FakeQueue(core::Reactor& reactor, FakeStorage& storage, uint32_t entries, uint64_t seed)
      : reactor_(reactor), storage_(storage), depth_(entries), random_(seed) {
    timer_.owner = this;
    timer_.fire = [](core::Timer& timer) noexcept { static_cast<FakeQueue*>(timer.owner)->run(); };
  }
  ~FakeQueue() override { check(works_.empty(), "what a queue took it completes"); }

  // A command is done after min … max ns.
  uint64_t delay_ns_min = 0;
  uint64_t delay_ns_max = 0;
  // Answers instead of the storage; nothing is executed then.
  std::function<std::optional<nvme::Status>(const Command&)> script;
  bool is_holding = false;  // nothing is done until release()

  uint64_t taken = 0;
  std::vector<nvme::Sqe> seen;
  bool keeps_seen = false;

  bool submit(Command& command) noexcept override {
    if (!is_live_ || works_.size() >= depth_) {
      return false;
    }
    // A fused pair comes back to back (Base 2.0, fused operations).
    const bool is_second = command.sqe.fuse() == nvme::Fuse::Second;
    const bool has_first = !works_.empty() && works_.back().command->sqe.fuse() == nvme::Fuse::First;
    check(is_second == (has_first && latest_is_first_), "the commands of a pair are neighbours");
    latest_is_first_ = command.sqe.fuse() == nvme::Fuse::First;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < command.iov_count; ++i) {
      bytes += command.iov[i].iov_len;
    }
    check(bytes == command.data_bytes, "a command's memory is as large as its data");
    ++taken;
    if (keeps_seen) {
      seen.push_back(command.sqe);
    }
    const uint64_t delay_ns =
        is_second ? 0 : delay_ns_min + random_.below(delay_ns_max - std::min(delay_ns_min, delay_ns_max) + 1);
    const uint64_t due_ns = is_second ? works_.back().due_ns : reactor_.clock().now_ns() + delay_ns;
    works_.push_back({&command, due_ns});
    arm();
    return true;
  }
  bool is_live() const noexcept override { return is_live_; }
  uint32_t in_flight_count() const noexcept override { return static_cast<uint32_t>(works_.size()); }
  uint32_t depth() const noexcept override { return depth_; }

  void release() {
    is_holding = false;
    arm();
  }

  // What happens to commands in flight when the connection ends.
  enum class Fate : uint8_t { Executed, Late, Never };
  // The connection is over. `fate` is asked for each command that changes something; late ones are executed within
  // late_ns.
  void lose(const std::function<Fate()>& fate, uint64_t late_ns) {
    is_live_ = false;
    reactor_.cancel(timer_);
    std::list<Work> works = std::exchange(works_, {});
    for (auto work = works.begin(); work != works.end();) {
      auto next = std::next(work);
      const bool is_pair = work->command->sqe.fuse() == nvme::Fuse::First && next != works.end();
      Command* const second = is_pair ? (next++)->command : nullptr;
      meet_fate(*work->command, second, fate(), late_ns);
      for (; work != next; ++work) {
        work->command->complete(nvme::Status::retryable(nvme::StatusCode::HostPathingError));
      }
    }
  }
  // As if the controller at the other end did not even notice: late commands that wait are executed when due.
  [[nodiscard]] size_t late_count() const noexcept { return late_.size(); }
  void stop_late() { late_.clear(); }

 private:
  struct Work {
    Command* command;
    uint64_t due_ns;
  };
  struct Late {
    core::Timer timer;
    FakeQueue* queue = nullptr;
    nvme::Sqe first, second;
    bool is_pair = false;
    std::vector<std::byte> data, second_data;
    ~Late() { queue->reactor_.cancel(timer); }
  };

  static std::vector<std::byte> gathered(const Command& command) {
    std::vector<std::byte> data(command.data_bytes);
    if (command.direction == Direction::ToController && !data.empty()) {
      block::IovCursor(command.iov).gather(data.data(), data.size());
    }
    return data;
  }

  void meet_fate(Command& first, Command* second, Fate fate, uint64_t late_ns) {
    if (fate == Fate::Never || first.direction == Direction::ToHost) {
      return;
    }
    auto late = std::make_unique<Late>();
    late->queue = this;
    late->first = first.sqe;
    late->data = gathered(first);
    late->is_pair = second != nullptr;
    if (second != nullptr) {
      late->second = second->sqe;
      late->second_data = gathered(*second);
    }
    if (fate == Fate::Executed) {
      execute_late(*late);
      return;
    }
    late->timer.owner = late.get();
    late->timer.fire = [](core::Timer& timer) noexcept {
      auto& self = *static_cast<Late*>(timer.owner);
      FakeQueue& queue = *self.queue;
      queue.execute_late(self);
      std::erase_if(queue.late_, [&](const auto& each) { return each.get() == &self; });
    };
    reactor_.arm(late->timer, reactor_.clock().now_ns() + random_.below(late_ns + 1));
    late_.push_back(std::move(late));
  }
  void execute_late(Late& late) {
    const nvme::Status status = storage_.execute(late.first, late.data);
    if (late.is_pair && status.is_success()) {
      static_cast<void>(storage_.execute(late.second, late.second_data));
    }
  }

  void arm() {
    uint64_t due_ns = UINT64_MAX;
    for (const Work& work : works_) {
      due_ns = std::min(due_ns, work.due_ns);
    }
    if (due_ns != UINT64_MAX && !is_holding) {
      reactor_.arm(timer_, due_ns);
    } else {
      reactor_.cancel(timer_);
    }
  }

  void run() {
    const uint64_t now_ns = reactor_.clock().now_ns();
    for (bool is_moving = true; is_moving && !is_holding;) {
      is_moving = false;
      for (auto work = works_.begin(); work != works_.end(); ++work) {
        const bool is_first = work->command->sqe.fuse() == nvme::Fuse::First;
        const bool is_alone = is_first && std::next(work) == works_.end();
        if (work->due_ns > now_ns || is_alone) {
          continue;
        }
        Command& command = *work->command;
        Command* const second = is_first ? std::next(work)->command : nullptr;
        works_.erase(work, std::next(work, is_first ? 2 : 1));
        finish(command, second);
        is_moving = true;  // the list may be another now
        break;
      }
    }
    arm();
  }
  void finish(Command& command, Command* second) {
    const nvme::Status status = run_one(command);
    if (second == nullptr) {
      command.complete(status);
      return;
    }
    const nvme::Status second_status =
        status.is_success() ? run_one(*second) : nvme::Status::retryable(nvme::StatusCode::AbortFailedFused);
    command.complete(status);
    second->complete(second_status);
  }
  nvme::Status run_one(Command& command) {
    if (script) {
      if (const auto answer = script(command); answer.has_value()) {
        return *answer;
      }
    }
    std::vector<std::byte> data = gathered(command);
    const nvme::Status status = storage_.execute(command.sqe, data);
    if (command.direction == Direction::ToHost && status.is_success()) {
      block::IovCursor(command.iov).scatter(data.data(), data.size());
    }
    return status;
  }

  core::Reactor& reactor_;
  FakeStorage& storage_;
  const uint32_t depth_;
  core::Random random_;
  core::Timer timer_;
  std::list<Work> works_;
  std::vector<std::unique_ptr<Late>> late_;
  bool is_live_ = true;
  bool latest_is_first_ = false;
};

// A path that is up or down when the test says so. Driven on the control reactor's thread; its queues are touched from
// there, so all reactors must be this thread's when it is lost.
class FakePath final : public Path {
 public:
  FakePath(PathOptions options, std::vector<core::Reactor*> cores, FakeStorage& storage, uint64_t seed)
      : options_(std::move(options)), cores_(std::move(cores)), storage_(storage), random_(seed) {
    controller_.cntlid = static_cast<uint16_t>(seed & 0xFFFFU);
    controller_.can_write_zeroes = true;
    controller_.can_deallocate = true;
    controller_.can_compare = true;
    controller_.can_compare_and_write = true;
    controller_.can_copy = true;
    controller_.has_write_cache = true;
    shown_.push_back(shown(1));
  }

  // A namespace over the storage.
  [[nodiscard]] PathNamespace shown(uint32_t nsid) const {
    PathNamespace made;
    made.nsid = nsid;
    made.uuid.fill(static_cast<uint8_t>(nsid));
    made.block_bytes = storage_.block_bytes;
    made.block_count = storage_.block_count;
    made.physical_block_bytes = storage_.block_bytes;
    return made;
  }
  [[nodiscard]] std::vector<PathNamespace>& shown() noexcept { return shown_; }
  [[nodiscard]] PathController& mutable_controller() noexcept { return controller_; }
  [[nodiscard]] FakeQueue& fake_queue(size_t core) noexcept { return *queues_.at(core); }
  [[nodiscard]] bool is_up() const noexcept { return state_ == PathState::Live; }
  [[nodiscard]] uint32_t reset_count() const noexcept { return reset_count_; }

  // What the queues of the next connection are like.
  uint64_t delay_ns_min = 0;
  uint64_t delay_ns_max = 0;

  void come_up() {
    check(!is_up(), "a path comes up when it is down");
    state_ = PathState::Live;
    for (core::Reactor* const core : cores_) {
      queues_.push_back(std::make_shared<FakeQueue>(*core, storage_, options_.queue_entries, random_.next()));
      queues_.back()->delay_ns_min = delay_ns_min;
      queues_.back()->delay_ns_max = delay_ns_max;
    }
    observer_->path_live(*this);
  }
  // The connection ends; commands in flight meet their fate.
  void go_down(
      const std::function<FakeQueue::Fate()>& fate = [] { return FakeQueue::Fate::Never; }, uint64_t late_ns = 0,
      PathState state = PathState::Reconnecting) {
    state_ = state;
    for (const auto& queue : queues_) {
      queue->lose(fate, late_ns);
      old_.push_back(queue);
    }
    queues_.clear();
    observer_->path_down(*this, "the test wants it so");
  }
  void fail() {
    state_ = PathState::Failed;
    observer_->path_down(*this, "for good");
  }
  void change_namespaces() { observer_->path_namespaces_changed(*this); }
  void set_ana(PathAnaState state) {
    for (PathNamespace& each : shown_) {
      each.ana = state;
    }
    observer_->path_ana_changed(*this);
  }
  [[nodiscard]] size_t late_count() const noexcept {
    size_t count = 0;
    for (const auto& queue : old_) {
      count += queue->late_count();
    }
    return count;
  }

  void start(PathObserver& observer) override {
    observer_ = &observer;
    state_ = PathState::Connecting;
  }
  core::Job<void> stop() override {
    if (is_up()) {
      go_down([] { return FakeQueue::Fate::Never; }, 0, PathState::Stopping);
    }
    for (const auto& queue : old_) {
      queue->stop_late();
    }
    co_return;
  }
  void reset() override { ++reset_count_; }
  const PathOptions& options() const noexcept override { return options_; }
  PathStatus status() const override {
    PathStatus now;
    now.state = state_;
    return now;
  }
  const PathController& controller() const noexcept override { return controller_; }
  const std::vector<PathNamespace>& namespaces() const noexcept override { return shown_; }
  std::shared_ptr<PathQueue> queue(size_t core) const override {
    return core < queues_.size() ? queues_[core] : nullptr;
  }

 private:
  PathOptions options_;
  std::vector<core::Reactor*> cores_;
  FakeStorage& storage_;
  core::Random random_;
  PathController controller_;
  std::vector<PathNamespace> shown_;
  PathObserver* observer_ = nullptr;
  PathState state_ = PathState::Idle;
  uint32_t reset_count_ = 0;
  std::vector<std::shared_ptr<FakeQueue>> queues_;
  std::vector<std::shared_ptr<FakeQueue>> old_;
};

}  // namespace outrigger::nvme_host
