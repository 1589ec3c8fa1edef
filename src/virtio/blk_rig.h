// For the tests of Blk: a core in virtual time on the test's own thread, devices that write down what they are asked,
// and a driver that speaks virtio-blk through either ring format.
#pragma once

#include "block/device.h"
#include "core/job.h"
#include "core/kept_job.h"
#include "virtio/blk.h"
#include "virtio/driver_model.h"

#include <sys/eventfd.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace outrigger::virtio::model {

// A device that writes down its requests and completes them when it is told to, or at once.
class RecordingDevice final : public block::Device {
 public:
  struct Seen {
    block::Op op;
    uint8_t flags;
    uint64_t lba;
    uint64_t block_count;
    friend bool operator==(const Seen&, const Seen&) = default;
  };

  explicit RecordingDevice(block::Geometry geometry) : Device("recording", geometry) {}
  Result<std::unique_ptr<block::Channel>> open_channel(core::Reactor&) override {
    ++channel_count;
    return std::unique_ptr<block::Channel>(std::make_unique<RecordingChannel>(*this));
  }
  void resize(uint64_t block_count) { set_block_count(block_count); }
  // Completes the oldest request that is held.
  void complete_one(block::Status status = block::Status::Ok) {
    block::Request* const request = held.pop_front();
    check(request != nullptr, "a request is held");
    request->complete(status);
  }

  std::vector<Seen> seen;
  bool holds = false;
  block::Status answer = block::Status::Ok;
  uint32_t channel_count = 0;
  IntrusiveQueue<block::Request> held;

 private:
  class RecordingChannel final : public block::Channel {
   public:
    explicit RecordingChannel(RecordingDevice& device) : Channel(device), device_(device) {}

   private:
    void do_submit(block::Request& request) noexcept override {
      device_.seen.push_back({request.op, request.flags, request.lba, request.block_count});
      if (device_.holds) {
        device_.held.push_back(request);
      } else {
        request.complete(device_.answer);
      }
    }
    RecordingDevice& device_;
  };
};

inline block::Geometry full_geometry(uint32_t block_size = 512) {
  return {.block_size = block_size,
          .block_count = (1ULL << 20) / block_size,
          .physical_block_size = 4096,
          .optimal_io_bytes = 65536,
          .transfer_bytes_max = 0,
          .discard_blocks_max = 0,
          .discard_alignment_blocks = 8,
          .is_writable = true,
          .has_write_cache = true,
          .can_discard = true,
          .can_write_zeroes = true,
          .can_compare_and_write = false,
          .can_copy = false};
}

// Control and data core in one, turned by the test; time moves a little with every turn.
class Rig {
 public:
  Rig() {
    auto made = core::Reactor::create({.name = "rig", .uring_entries = 0}, clock);
    check(made.has_value(), "a test's machine can make a reactor");
    reactor = std::move(*made);
    reactor->run_turn();
  }
  void turn(int count = 1) {
    for (int i = 0; i < count; ++i) {
      clock.advance(10'000);
      reactor->run_turn();
    }
  }
  // Runs a job of the control core to its end.
  template <typename T>
  T run(core::Job<T> job) {
    std::optional<T> result;
    core::spawn(core::keep(std::move(job), &result));
    for (int turns = 0; !result && turns < 1'000'000; ++turns) {
      turn();
    }
    check(result.has_value(), "the job ends");
    return std::move(*result);
  }

  core::ManualClock clock;
  std::unique_ptr<core::Reactor> reactor;
};

inline UniqueFd make_eventfd() { return UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }
inline UniqueFd same_fd(const UniqueFd& fd) { return UniqueFd(::dup(fd.get())); }
// What the event counter was; 0: nobody signalled.
inline uint64_t take_events(const UniqueFd& fd) {
  uint64_t count = 0;
  return ::read(fd.get(), &count, sizeof count) == sizeof count ? count : 0;
}

// A driver of one virtio-blk queue. Requests live in the arena and are never freed.
template <typename Driver>
class BlkDriver {
 public:
  static constexpr uint16_t size = 128;
  struct Answer {
    uint8_t status;
    uint32_t used_length;
  };

  BlkDriver(Arena& arena, uint64_t features) : arena_(arena), ring(arena, size, features) {}

  [[nodiscard]] QueueSetup setup() {
    const RingParts parts = ring.parts();
    QueueSetup setup;
    setup.size = size;
    setup.descriptors = parts.descriptors;
    setup.driver_area = parts.driver_area;
    setup.device_area = parts.device_area;
    setup.base = Driver::first_base();
    setup.kick_fd = same_fd(kick_fd);
    setup.call_fd = same_fd(call_fd);
    setup.error_fd = same_fd(error_fd);
    return setup;
  }

  // A request of `type` with `data` between header and status. Gives a ticket for answer().
  uint16_t submit(uint32_t type, uint64_t sector, std::span<const Buffer> data, bool is_indirect = false) {
    const uint64_t header = arena_.allocate(16);
    arena_.at<BlkRequestHeader>(header) = {type, 0, sector};
    std::vector<Buffer> buffers{{header, 16, false}};
    buffers.insert(buffers.end(), data.begin(), data.end());
    const uint64_t status = arena_.allocate(1, 1);
    buffers.push_back({status, 1, true});
    return submit_buffers(buffers, status, is_indirect);
  }
  // Any buffers at all; the status byte is looked for at `status`.
  uint16_t submit_buffers(std::span<const Buffer> buffers, uint64_t status, bool is_indirect = false) {
    arena_.at<uint8_t>(status) = 0xff;
    const auto id = ring.add(buffers, is_indirect);
    check(id.has_value(), "the ring has room for a test's request");
    statuses_[*id] = status;
    return *id;
  }
  // The answer to a request, when it came.
  std::optional<Answer> answer(uint16_t id) {
    while (const auto used = ring.take_used()) {
      answers_[used->id] = {arena_.at<uint8_t>(statuses_[used->id]), used->length};
    }
    const auto it = answers_.find(id);
    if (it == answers_.end()) {
      return std::nullopt;
    }
    const Answer answer = it->second;
    answers_.erase(it);
    return answer;
  }

 private:
  Arena& arena_;

 public:
  Driver ring;
  UniqueFd kick_fd = make_eventfd();
  UniqueFd call_fd = make_eventfd();
  UniqueFd error_fd = make_eventfd();

 private:
  std::map<uint16_t, uint64_t> statuses_;
  std::map<uint16_t, Answer> answers_;
};

}  // namespace outrigger::virtio::model
