// Driver: the loop itself. A template over the ring's form, so that nothing in it is an indirect call.
#pragma once

#include "load/ring.h"
#include "load/workload.h"

#include <array>
#include <cstring>
#include <span>
#include <vector>

namespace outrigger::load {

// What one back end is told: kick(queue).
template <typename Ring, typename Kick>
class Driver {
 public:
  // `rings` are set up and shared; `block_count` counts I/O-sized blocks of the device.
  Driver(std::span<const std::unique_ptr<Ring>> rings, const WorkloadOptions& options, uint64_t block_count, Kick kick)
      : rings_(rings), options_(options), block_count_(block_count), kick_(kick), random_(options.seed * 2 + 1) {
    queues_.resize(rings.size());
    for (auto& queue : queues_) {
      queue.slots.resize(options.depth);
    }
    if (options.is_verifying) {
      generations_.assign(block_count, 0);
    }
  }

  Outcome run() {
    const double tick_rate = ticks_per_second();
    const uint64_t start = ticks();
    const uint64_t deadline = start + static_cast<uint64_t>(options_.seconds * tick_rate);
    fill(start);
    uint64_t now = start;
    while (now < deadline) {
      now = turn(true);
    }
    const uint64_t end = now;
    const uint64_t counted = outcome_.io_count;
    drain(tick_rate);
    outcome_.io_count = counted;
    outcome_.seconds = static_cast<double>(end - start) / tick_rate;
    const double to_us = 1e6 / tick_rate;
    outcome_.average_us = latency_.average() * to_us;
    outcome_.p50_us = static_cast<double>(latency_.quantile(0.50)) * to_us;
    outcome_.p99_us = static_cast<double>(latency_.quantile(0.99)) * to_us;
    outcome_.p999_us = static_cast<double>(latency_.quantile(0.999)) * to_us;
    return outcome_;
  }

  // One I/O at a time with a pause before each.
  template <typename Pause>
  Outcome run_paused(uint32_t count, Pause pause) {
    const double tick_rate = ticks_per_second();
    const uint64_t start = ticks();
    for (uint32_t i = 0; i < count; ++i) {
      pause();
      const uint64_t now = ticks();
      submit(0, 0, now);
      announce(0);
      in_flight_ = 1;
      while (in_flight_ != 0) {
        turn(false);
      }
    }
    outcome_.seconds = static_cast<double>(ticks() - start) / tick_rate;
    const double to_us = 1e6 / tick_rate;
    outcome_.average_us = latency_.average() * to_us;
    outcome_.p50_us = static_cast<double>(latency_.quantile(0.50)) * to_us;
    outcome_.p99_us = static_cast<double>(latency_.quantile(0.99)) * to_us;
    return outcome_;
  }

  // The parts of run(), for whoever does something in between.
  void begin() { fill(ticks()); }
  void run_for(double seconds) {
    const uint64_t deadline = ticks() + static_cast<uint64_t>(seconds * ticks_per_second());
    while (turn(true) < deadline) {
    }
  }
  // Waits for what is in flight; what does not come counts as errors.
  void finish() { drain(ticks_per_second()); }
  [[nodiscard]] uint64_t in_flight_count() const noexcept { return in_flight_; }
  [[nodiscard]] const Outcome& outcome() const noexcept { return outcome_; }

 private:
  struct Slot {
    uint64_t start = 0;
    uint64_t block = 0;
    bool is_write = false;
    bool is_in_flight = false;
  };
  struct Queue {
    std::vector<Slot> slots;
  };
  static constexpr uint32_t batch_max = 256;

  uint64_t next_random() noexcept {
    // xorshift64*: a nanosecond, and good enough to choose blocks.
    random_ ^= random_ >> 12;
    random_ ^= random_ << 25;
    random_ ^= random_ >> 27;
    return random_ * 0x2545F4914F6CDD1DULL;
  }
  uint64_t below(uint64_t bound) noexcept {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(next_random()) * bound) >> 64);
  }

  void fill(uint64_t now) {
    for (size_t q = 0; q < queues_.size(); ++q) {
      for (uint16_t s = 0; s < options_.depth; ++s) {
        submit(q, s, now);
      }
      in_flight_ += options_.depth;
      announce(q);
    }
  }
  void announce(size_t q) noexcept {
    rings_[q]->publish();
    if (rings_[q]->needs_kick()) {
      ++outcome_.kick_count;
      kick_(static_cast<uint16_t>(q));
    }
  }
  // Looks at every queue once. Gives the time.
  uint64_t turn(bool goes_on) noexcept {
    uint64_t now = ticks();
    bool is_quiet = true;
    for (size_t q = 0; q < queues_.size(); ++q) {
      std::array<uint16_t, batch_max> done;
      const uint32_t count = rings_[q]->take_used(done.data(), batch_max);
      if (count == 0) {
        continue;
      }
      is_quiet = false;
      now = ticks();
      for (uint32_t i = 0; i < count; ++i) {
        finish(q, done[i], now);
        if (goes_on) {
          submit(q, done[i], now);
        }
      }
      if (goes_on) {
        announce(q);
      } else {
        in_flight_ -= count;
      }
    }
    if (is_quiet) {
      relax();
    }
    return now;
  }
  void drain(double tick_rate) noexcept {
    const uint64_t deadline = ticks() + static_cast<uint64_t>(10 * tick_rate);
    while (in_flight_ != 0 && ticks() < deadline) {
      turn(false);
    }
    outcome_.error_count += in_flight_;
  }

  void submit(size_t q, uint16_t s, uint64_t now) noexcept {
    Slot& slot = queues_[q].slots[s];
    slot.start = now;
    slot.is_in_flight = true;
    slot.is_write =
        options_.write_percent == 100 || (options_.write_percent != 0 && below(100) < options_.write_percent);
    slot.block = choose_block(q, s);
    if (options_.is_verifying && slot.is_write) {
      fill_pattern(rings_[q]->buffer(s), slot.block, ++generations_[slot.block]);
    }
    rings_[q]->put(s, slot.is_write ? virtio::blk_type::Out : virtio::blk_type::In,
                   slot.block * (options_.io_bytes / virtio::sector_bytes), options_.io_bytes);
  }
  // While verifying, each slot of each queue has blocks of its own, so that no two I/Os in flight meet.
  uint64_t choose_block(size_t q, uint16_t s) noexcept {
    if (options_.is_verifying) {
      const uint64_t stripes = queues_.size() * options_.depth;
      const uint64_t mine = q * options_.depth + s;
      return mine + stripes * below((block_count_ - mine - 1) / stripes + 1);
    }
    if (options_.is_random) {
      return below(block_count_);
    }
    const uint64_t block = next_block_;
    next_block_ = block + 1 == block_count_ ? 0 : block + 1;
    return block;
  }
  void finish(size_t q, uint16_t s, uint64_t now) noexcept {
    Slot& slot = queues_[q].slots[s];
    check(slot.is_in_flight, "the back end gives every I/O back once");
    slot.is_in_flight = false;
    latency_.add(now - slot.start);
    ++outcome_.io_count;
    if (rings_[q]->status(s) != 0) [[unlikely]] {
      ++outcome_.error_count;
    } else if (options_.is_verifying && !slot.is_write && generations_[slot.block] != 0 &&
               !has_pattern(rings_[q]->buffer(s), slot.block, generations_[slot.block])) {
      ++outcome_.mismatch_count;
    }
  }

  // Every eight bytes say where they are and of which write.
  void fill_pattern(std::byte* at, uint64_t block, uint32_t generation) const noexcept {
    for (uint32_t i = 0; i < options_.io_bytes / 8; ++i) {
      const uint64_t word = pattern(block, generation, i);
      std::memcpy(at + 8ULL * i, &word, 8);
    }
  }
  [[nodiscard]] bool has_pattern(const std::byte* at, uint64_t block, uint32_t generation) const noexcept {
    for (uint32_t i = 0; i < options_.io_bytes / 8; ++i) {
      uint64_t word = 0;
      std::memcpy(&word, at + 8ULL * i, 8);
      if (word != pattern(block, generation, i)) {
        return false;
      }
    }
    return true;
  }
  static uint64_t pattern(uint64_t block, uint32_t generation, uint32_t i) noexcept {
    return (block * 0x9E3779B97F4A7C15ULL) ^ (uint64_t{generation} << 32) ^ i;
  }

  std::span<const std::unique_ptr<Ring>> rings_;
  const WorkloadOptions& options_;
  uint64_t block_count_;
  Kick kick_;
  uint64_t random_;
  uint64_t next_block_ = 0;
  uint64_t in_flight_ = 0;
  std::vector<Queue> queues_;
  std::vector<uint32_t> generations_;
  Latency latency_;
  Outcome outcome_;
};

}  // namespace outrigger::load
