// Paths die and come back at random under random requests from two cores; what was in flight was executed, is executed
// late, or never is. Checked is what the block seam promises: every request completes once, and a read never returns
// what an acknowledged write has replaced.
//
//   OUTRIGGER_SEED=n    start from this seed instead of 1
//   OUTRIGGER_ROUNDS=n  run so many seeds in a row
#include "nvme_host/remote_test_bench.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>

namespace outrigger::nvme_host {
namespace {

using block::Op;
using block::Status;

constexpr uint64_t block_count = 48;
constexpr uint32_t block_bytes = 512;
constexpr uint64_t hold_ms = 50;

// Every write to one block, ever: what it wrote and when. A regular register: a read may return the value of a write
// unless another one was submitted after it had ended, and acknowledged before the read was submitted.
class History {
 public:
  History() : blocks_(block_count) {
    for (auto& writes : blocks_) {
      writes.push_back({.value = 0, .submitted = 0, .ended = 0, .is_acknowledged = true});
    }
  }
  struct Write {
    uint64_t value;
    uint64_t submitted;
    uint64_t ended = UINT64_MAX;
    bool is_acknowledged = false;
  };
  size_t submit(uint64_t block, uint64_t value, uint64_t now) {
    blocks_[block].push_back({.value = value, .submitted = now});
    return blocks_[block].size() - 1;
  }
  void end(uint64_t block, size_t index, uint64_t now, bool is_acknowledged) {
    blocks_[block][index].ended = now;
    blocks_[block][index].is_acknowledged = is_acknowledged;
  }
  [[nodiscard]] bool may_return(uint64_t block, uint64_t value, uint64_t read_submitted) const {
    const auto& writes = blocks_[block];
    return std::ranges::any_of(writes, [&](const Write& write) {
      return write.value == value && std::ranges::none_of(writes, [&](const Write& later) {
               return later.is_acknowledged && later.submitted > write.ended && later.ended < read_submitted;
             });
    });
  }

 private:
  std::vector<std::deque<Write>> blocks_;
};

struct Trial {
  std::unique_ptr<block::TestIo> io;
  Op op = Op::Read;
  uint64_t lba = 0;
  uint64_t count = 0;
  uint64_t submitted = 0;
  std::vector<size_t> writes;  // index in each block's history
};

class RandomRun {
 public:
  RandomRun(uint64_t seed, int64_t write_retry_hold_ms)
      : random_(seed), bench_(options(seed, write_retry_hold_ms), 2, seed, block_count) {
    for (const char* name : {"a", "b", "c"}) {
      FakePath& path = bench_.add_path(name);
      path.delay_ns_min = 1'000;
      path.delay_ns_max = random_.below(2 * millisecond) + 1'000;
      // The first one makes the device; larger requests than that promised are no matter for a channel.
      if (path.options().name != "a" && random_.chance(3)) {
        path.mutable_controller().transfer_bytes_max = 2 * block_bytes;
      }
    }
    bench_.paths[0]->come_up();
    bench_.turn();
    channels_ = {&bench_.open(*bench_.added.front(), 0), &bench_.open(*bench_.added.front(), 1)};
  }

  // Empty: all was well.
  std::string run() {
    for (uint64_t step = 0; step < 3000 && failure_.empty(); ++step) {
      act();
      bench_.sim.run_for(random_.below(300'000));
      collect();
    }
    is_calm_ = true;
    for (FakePath* const path : bench_.paths) {
      path->set_ana(PathAnaState::Optimized);
      if (!path->is_up()) {
        path->come_up();
        misbehave(*path);
      }
    }
    const bool ended = bench_.sim.run_until(
        [&] { return std::ranges::all_of(trials_, [](const Trial& trial) { return trial.io->is_done(); }); });
    if (!ended) {
      return "some requests never completed";
    }
    bench_.sim.run_for(second);
    collect();
    read_all();
    if (failure_.empty() && (loss_count_ < 10 || write_count_ < 300)) {
      return fmt::format("too little happened: {} losses, {} writes", loss_count_, write_count_);
    }
    return failure_;
  }

  // Commands that a controller still had when its path was lost.
  [[nodiscard]] uint64_t late_count() const noexcept { return late_count_; }

 private:
  static RemoteOptions options(uint64_t seed, int64_t write_retry_hold_ms) {
    RemoteOptions made;
    made.multipath = seed % 5 == 0 ? Multipath::Failover : Multipath::Multipath;
    made.selection = static_cast<PathSelection>(seed % 4);
    made.fast_io_fail_ms = seed % 3 == 0 ? 5 : -1;
    made.write_retry_hold_ms = write_retry_hold_ms;
    made.channel_slots = seed % 2 == 0 ? 4 : 64;
    return made;
  }

  void act() {
    const uint64_t choice = random_.below(100);
    FakePath& path = *bench_.paths[random_.below(bench_.paths.size())];
    if (choice < 4 && path.is_up()) {
      ++loss_count_;
      path.go_down([this] { return static_cast<FakeQueue::Fate>(random_.below(3)); }, hold_ms * millisecond - 1);
      late_count_ += path.late_count();
    } else if (choice < 12 && !path.is_up()) {
      path.come_up();
      misbehave(path);
    } else if (choice < 14) {
      constexpr PathAnaState states[] = {PathAnaState::Optimized, PathAnaState::NonOptimized,
                                         PathAnaState::Inaccessible, PathAnaState::Change};
      if (path.is_up()) {
        path.set_ana(states[random_.below(4)]);
      }
    } else if (choice < 90 && trials_.size() < 40) {
      submit();
    }
  }

  // Now and then a controller answers with an error that is worth another try.
  void misbehave(FakePath& path) {
    for (size_t core = 0; core < 2; ++core) {
      path.fake_queue(core).script = [this](const Command&) -> std::optional<nvme::Status> {
        constexpr nvme::StatusCode codes[] = {nvme::StatusCode::CommandInterrupted, nvme::StatusCode::InternalPathError,
                                              nvme::StatusCode::AnaTransition, nvme::StatusCode::NamespaceNotReady};
        if (is_calm_ || !random_.chance(30)) {
          return std::nullopt;
        }
        return nvme::Status::retryable(codes[random_.below(4)]);
      };
    }
  }

  void submit() {
    Trial& trial = trials_.emplace_back();
    const uint64_t choice = random_.below(10);
    trial.op = choice < 5 ? Op::Write : choice < 6 ? Op::WriteZeroes : choice < 7 ? Op::Flush : Op::Read;
    trial.count = 1 + random_.below(5);
    trial.lba = random_.below(block_count - trial.count + 1);
    trial.submitted = ++now_;
    const bool has_data = trial.op == Op::Read || trial.op == Op::Write;
    const size_t bytes = has_data ? trial.count * block_bytes : 0;
    trial.io = std::make_unique<block::TestIo>(trial.op, trial.lba, trial.count, bytes);
    if (trial.op == Op::Write || trial.op == Op::WriteZeroes) {
      ++write_count_;
      const uint64_t value = trial.op == Op::Write ? ++value_ : 0;
      for (uint64_t i = 0; i < trial.count; ++i) {
        trial.writes.push_back(history_.submit(trial.lba + i, value, now_));
      }
      for (size_t at = 0; at < bytes; at += sizeof(value)) {
        std::memcpy(trial.io->data().data() + at, &value, sizeof(value));
      }
    }
    if (has_data && random_.chance(2)) {
      trial.io->cut(random_, 1 + random_.below(6));
    }
    trial.io->submit(*channels_[random_.below(2)]);
  }

  void collect() {
    std::erase_if(trials_, [this](Trial& trial) {
      if (!trial.io->is_done()) {
        return false;
      }
      judge(trial);
      return true;
    });
  }

  void judge(Trial& trial) {
    const Status status = trial.io->status();
    ++now_;
    for (size_t i = 0; i < trial.writes.size(); ++i) {
      history_.end(trial.lba + i, trial.writes[i], now_, status == Status::Ok);
    }
    if (status != Status::Ok && status != Status::IoError) {
      failure_ = fmt::format("a request ended with status {}", static_cast<int>(status));
    }
    if (status == Status::Ok && trial.op == Op::Read) {
      judge_read(trial);
    }
  }

  void judge_read(Trial& trial) {
    const auto data = trial.io->data();
    for (uint64_t i = 0; i < trial.count; ++i) {
      uint64_t value = 0;
      const std::byte* const block = data.data() + i * block_bytes;
      std::memcpy(&value, block, sizeof(value));
      for (size_t at = 0; at < block_bytes; at += sizeof(value)) {
        if (std::memcmp(block + at, &value, sizeof(value)) != 0) {
          failure_ = fmt::format("block {} is torn", trial.lba + i);
        }
      }
      if (!history_.may_return(trial.lba + i, value, trial.submitted)) {
        failure_ = fmt::format("block {}: a read returned write {}, which had been replaced", trial.lba + i, value);
      }
    }
  }

  // A last look, twice: nothing changes any more.
  void read_all() {
    std::vector<std::byte> before;
    for (int look = 0; look < 2 && failure_.empty(); ++look) {
      Trial& trial = trials_.emplace_back();
      trial.count = block_count;
      trial.submitted = ++now_;
      trial.io = std::make_unique<block::TestIo>(Op::Read, 0, block_count, block_count * block_bytes);
      if (bench_.run(*channels_[0], *trial.io) != Status::Ok) {
        failure_ = "the last look failed";
        return;
      }
      const auto data = trial.io->data();
      if (look == 1 && !std::ranges::equal(before, data)) {
        failure_ = "blocks changed by themselves";
      }
      before.assign(data.begin(), data.end());
      collect();
      bench_.sim.run_for(second);
    }
  }

  core::Random random_;
  RemoteTestBench bench_;
  std::vector<block::Channel*> channels_;
  History history_;
  std::deque<Trial> trials_;
  uint64_t now_ = 0;
  uint64_t value_ = 0;
  uint64_t loss_count_ = 0;
  uint64_t late_count_ = 0;
  uint64_t write_count_ = 0;
  bool is_calm_ = false;
  std::string failure_;
};

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 0) : otherwise;
}

TEST(RemoteRandom, nothing_that_was_acknowledged_is_lost_or_comes_back) {
  const uint64_t first = from_environment("OUTRIGGER_SEED", 1);
  const uint64_t rounds = from_environment("OUTRIGGER_ROUNDS", 12);
  uint64_t late_count = 0;
  for (uint64_t seed = first; seed < first + rounds; ++seed) {
    RandomRun run(seed, hold_ms);
    ASSERT_EQ(run.run(), "") << "replay: OUTRIGGER_SEED=" << seed << " OUTRIGGER_ROUNDS=1 nvme_host_multipath_test "
                             << "--gtest_filter=RemoteRandom.*";
    late_count += run.late_count();
  }
  EXPECT_TRUE(late_count > 0 || rounds < 12);
}

// The test can fail: writes that are sent again at once, as others do, are undone by their own ghosts.
TEST(RemoteRandom, the_danger_is_real) {
  uint64_t failures = 0;
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    RandomRun run(seed, 0);
    failures += run.run().find("had been replaced") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(failures, 0U);
}

}  // namespace
}  // namespace outrigger::nvme_host
