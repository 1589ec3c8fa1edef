// What a virtio-blk queue costs by itself: a model driver in this process against BlkQueue over a null device. Two
// figures for each ring format: everything on one thread (the instructions, caches warm, both sides together), and
// driver and device on a thread each (with the cache lines that travel between cores).
//
//   virtio_bench [seconds] [cpu of the device] [cpu of the driver]
//
// Without CPUs only the first figure is taken.
#include "block/memory_device.h"
#include "block/null_device.h"
#include "core/clock.h"
#include "core/job.h"
#include "core/kept_job.h"
#include "core/reactor.h"
#include "virtio/blk.h"
#include "virtio/driver_model.h"

#include <fmt/format.h>
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>
#include <vector>

namespace outrigger::virtio {
namespace {

using model::Arena;
using model::Buffer;

void pin(int cpu) {
  if (cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<size_t>(cpu), &set);
    (void)::sched_setaffinity(0, sizeof set, &set);
  }
}

template <typename T>
T run(core::Reactor& reactor, core::Job<T> job) {
  std::optional<T> result;
  core::spawn(core::keep(std::move(job), &result));
  reactor.run_until([&result] { return result.has_value(); });
  return std::move(*result);
}

// A driver that keeps `depth` requests in flight and never waits for a notification.
template <typename Driver>
class Load {
 public:
  static constexpr uint16_t size = 256;

  Load(Arena& arena, uint64_t features, uint32_t depth, bool is_indirect)
      : ring(arena, size, features), depth_(depth), is_indirect_(is_indirect) {
    for (uint32_t i = 0; i < depth; ++i) {
      const uint64_t header = arena.allocate(64, 64);
      arena.at<BlkRequestHeader>(header) = {blk_type::In, 0, i * 8};
      buffers_.push_back(
          {Buffer{header, 16, false}, Buffer{arena.allocate(4096, 4096), 4096, true}, Buffer{header + 32, 1, true}});
      free_.push_back(i);
    }
    owner_.resize(size);
    ring.set_no_interrupt(true);
  }
  // Offers what is free, takes what came back; returns how many came back.
  uint32_t turn() {
    bool is_any = false;
    while (!is_ending && !free_.empty()) {
      const uint32_t request = free_.back();
      const auto id = ring.add(buffers_[request], is_indirect_, false);
      if (!id) {
        break;
      }
      owner_[*id] = request;
      free_.pop_back();
      is_any = true;
    }
    if (is_any) {
      ring.publish();
    }
    uint32_t count = 0;
    while (const auto used = ring.take_used()) {
      free_.push_back(owner_[used->id]);
      ++count;
    }
    return count;
  }
  [[nodiscard]] bool is_idle() const { return free_.size() == depth_; }

  Driver ring;
  bool is_ending = false;  // offers nothing new

 private:
  uint32_t depth_;
  bool is_indirect_;
  std::vector<std::array<Buffer, 3>> buffers_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> owner_;
};

struct Case {
  uint32_t depth;
  bool is_indirect;
  bool has_event_idx;
};

template <typename Driver>
class Bench {
 public:
  Bench(block::Device& device, core::Reactor& control, core::Reactor& data, Case c)
      : control_(control), data_(data), blk_("bench", device, control, {&data}, {}) {
    const uint64_t features =
        (blk_.features() & ~feature::RingPacked & ~(c.has_event_idx ? 0 : feature::RingEventIdx)) |
        Driver::format_features;
    blk_.set_features(features);
    load_.emplace(arena_, features, c.depth, c.is_indirect);
    check(run(control, blk_.set_memory({arena_.memory(), nullptr})).has_value(), "memory");
    const RingParts parts = load_->ring.parts();
    QueueSetup setup;
    setup.size = Load<Driver>::size;
    setup.descriptors = parts.descriptors;
    setup.driver_area = parts.driver_area;
    setup.device_area = parts.device_area;
    setup.base = Driver::first_base();
    check(run(control, blk_.start_queue(0, std::move(setup))).has_value(), "start");
  }
  ~Bench() {
    load_->is_ending = true;
    while (!load_->is_idle()) {
      (void)load_->turn();
      if (&control_ == &data_) {
        data_.run_turn();
      }
    }
    run(control_, blk_.stop_queue(0));
  }

  // Processor nanoseconds per request with both sides on this thread.
  double near(uint64_t requests) {
    uint64_t done = 0;
    const auto serve = [this, &done](uint64_t count) {
      data_.run_until([this, &done, count] {
        done += load_->turn();
        return done >= count;
      });
    };
    serve(requests / 10);
    done = 0;
    const uint64_t start = thread_ns();
    serve(requests);
    return static_cast<double>(thread_ns() - start) / static_cast<double>(done);
  }
  // The same with the device on its reactor's own thread.
  double far(double seconds) {
    const core::MonotonicClock clock;
    uint64_t done = 0;
    const uint64_t start = clock.now_ns();
    const auto end = start + static_cast<uint64_t>(seconds * 1e9);
    uint64_t now = start;
    while (now < end) {
      for (int i = 0; i < 64; ++i) {
        done += load_->turn();
      }
      now = clock.now_ns();
    }
    return static_cast<double>(now - start) / static_cast<double>(done);
  }

 private:
  static uint64_t thread_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
  }

  core::Reactor& control_;
  core::Reactor& data_;
  Arena arena_;
  Blk blk_;
  std::optional<Load<Driver>> load_;
};

std::unique_ptr<core::Reactor> make_reactor(const core::Clock& clock, const char* name, int cpu) {
  auto made = core::Reactor::create({.name = name, .cpu = cpu, .uring_entries = 0}, clock);
  check(made.has_value(), "a reactor");
  return std::move(*made);
}

template <typename Driver>
void measure(const char* format, block::Device& device, double seconds, int device_cpu, bool is_far) {
  const core::MonotonicClock clock;
  for (const Case c : {Case{1, true, true}, Case{32, true, true}, Case{128, true, true}, Case{128, true, false},
                       Case{64, false, true}}) {
    double near = 0;
    {
      auto reactor = make_reactor(clock, "near", -1);
      reactor->run_turn();
      Bench<Driver> bench(device, *reactor, *reactor, c);
      near = bench.near(static_cast<uint64_t>(seconds * 2e6));
    }
    double far = 0;
    if (is_far) {
      auto control = make_reactor(clock, "control", -1);
      auto data = make_reactor(clock, "data", device_cpu);
      control->run_turn();
      data->start();
      {
        Bench<Driver> bench(device, *control, *data, c);
        far = bench.far(seconds);
      }
      data->stop();
    }
    fmt::print("{:6} {:6} depth {:3} {:8} {:9}: {:6.1f} ns on one thread", device.name(), format, c.depth,
               c.is_indirect ? "indirect" : "direct", c.has_event_idx ? "event_idx" : "flags", near);
    if (is_far) {
      fmt::print(", {:.1f} ns on two ({:.2f} M/s)", far, 1e3 / far);
    }
    fmt::print("\n");
    (void)std::fflush(stdout);
  }
}

}  // namespace
}  // namespace outrigger::virtio

int main(int argc, char** argv) {
  using namespace outrigger;
  const double seconds = argc > 1 ? std::atof(argv[1]) : 1.0;
  const int device_cpu = argc > 2 ? std::atoi(argv[2]) : -1;
  const bool is_far = argc > 2;  // two busy threads need two idle CPUs
  virtio::pin(argc > 3 ? std::atoi(argv[3]) : -1);
  block::NullDevice null("null", {.block_size = 512, .block_count = 1U << 20});
  virtio::measure<virtio::model::SplitDriver>("split", null, seconds, device_cpu, is_far);
  virtio::measure<virtio::model::PackedDriver>("packed", null, seconds, device_cpu, is_far);
}
