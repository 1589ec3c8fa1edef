// For tests of queues and paths: reactors that the test's own thread drives in virtual time, an owner and an observer
// that remember what they heard, and commands with memory.
#pragma once

#include "base/check.h"
#include "block/test_rig.h"
#include "core/clock.h"
#include "core/kept_job.h"
#include "core/random.h"
#include "core/reactor.h"
#include "nvme_host/discovery.h"
#include "nvme_host/path.h"
#include "nvme_host/tcp_queue.h"

#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrigger::nvme_host {

inline constexpr uint64_t test_ms = 1'000'000;

// Turns of all reactors until `done`, as many as loopback sockets need.
class PathWorld {
 public:
  explicit PathWorld(size_t data_core_count = 1) : control_(clock) {
    for (size_t i = 0; i < data_core_count; ++i) {
      data_.push_back(std::make_unique<block::TestCore>(clock));
    }
  }
  core::ManualClock clock;
  std::vector<std::function<void()>> pumps;  // what else moves in a turn

  [[nodiscard]] core::Reactor& control() { return control_.reactor(); }
  [[nodiscard]] core::Reactor& data(size_t index) { return data_[index]->reactor(); }
  [[nodiscard]] std::vector<core::Reactor*> data_cores() {
    std::vector<core::Reactor*> cores;
    for (auto& one : data_) {
      cores.push_back(&one->reactor());
    }
    return cores;
  }
  void turn() {
    control().run_turn();
    for (auto& one : data_) {
      one->reactor().run_turn();
    }
    for (const auto& pump : pumps) {
      pump();
    }
  }
  void turns(int count) {
    for (int i = 0; i < count; ++i) {
      turn();
    }
  }
  [[nodiscard]] bool run_until(const std::function<bool()>& done, int turns_max = 5000) {
    for (int i = 0; i < turns_max; ++i) {
      if (done()) {
        return true;
      }
      turn();
    }
    return done();
  }
  // Lets time pass, a millisecond (or more, where nothing is expected soon) and a few turns at a time, until `done` or
  // `ms_max` have gone.
  [[nodiscard]] bool wait_until(const std::function<bool()>& done, uint64_t ms_max, uint64_t step_ms = 1) {
    for (uint64_t ms = 0; ms < ms_max && !done(); ms += step_ms) {
      turns(4);
      clock.advance(step_ms * test_ms);
    }
    turns(4);
    return done();
  }
  void pass(uint64_t ms) {
    (void)wait_until([] { return false; }, ms);
  }

 private:
  block::TestCore control_;
  std::vector<std::unique_ptr<block::TestCore>> data_;
};

// A command with memory, cut into `piece_count` pieces.
class TestCommand {
 public:
  explicit TestCommand(Direction direction = Direction::None, size_t bytes = 0, size_t piece_count = 1)
      : memory_(bytes) {
    command.direction = direction;
    command.data_bytes = static_cast<uint32_t>(bytes);
    const size_t step = bytes / piece_count;
    for (size_t i = 0; i < piece_count && bytes != 0; ++i) {
      pieces_.push_back({memory_.data() + i * step, i + 1 == piece_count ? bytes - i * step : step});
    }
    command.iov = pieces_.data();
    command.iov_count = static_cast<uint32_t>(pieces_.size());
    command.owner = this;
    command.done = [](Command& it) noexcept { ++static_cast<TestCommand*>(it.owner)->done_count; };
  }
  TestCommand(const TestCommand&) = delete;
  TestCommand& operator=(const TestCommand&) = delete;

  Command command;
  int done_count = 0;
  [[nodiscard]] std::vector<std::byte>& memory() { return memory_; }
  void fill(uint64_t seed) {
    core::Random random(seed);
    for (std::byte& byte : memory_) {
      byte = static_cast<std::byte>(random.next());
    }
  }

 private:
  std::vector<std::byte> memory_;
  std::vector<iovec> pieces_;
};

class RecordingObserver final : public PathObserver {
 public:
  int live_count = 0;
  int down_count = 0;
  int namespaces_count = 0;
  int ana_count = 0;
  std::string why;
  void path_live(Path&) override { ++live_count; }
  void path_down(Path&, const std::string& reason) override {
    ++down_count;
    why = reason;
  }
  void path_namespaces_changed(Path&) override { ++namespaces_count; }
  void path_ana_changed(Path&) override { ++ana_count; }
};

// -- discovery

inline DiscoveryOptions discovery_at(uint16_t tcp_port, const std::string& hostnqn) {
  DiscoveryOptions made;
  made.address = {
      .traddr = "127.0.0.1", .trsvcid = std::to_string(tcp_port), .source_traddr = {}, .source_trsvcid = {}};
  made.hostnqn = hostnqn;
  made.hostid[0] = 7;
  return made;
}

}  // namespace outrigger::nvme_host
