// MeterArray: P4 meters, the two-rate three-colour marker of RFC 2698, direct (by an entry's handle) and indirect (by
// index), counting packets or bytes. Lock-free: each bucket is one word that says when it would have been empty.
//
// A meter that was never configured marks everything green, as BMv2 and P4Runtime have it; one with rates of 0 marks
// red when its burst is used up.
#pragma once

#include "pipeline/limits.h"
#include "pipeline/region.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace outrigger::pipeline {

// The numbers are v1model's; PSA's and PNA's are mapped where they are used.
enum class MeterColor : uint8_t { Green = 0, Yellow = 1, Red = 2 };

enum class MeterUnit : uint8_t { Packets, Bytes };

// RFC 2698 §2: rates in packets or bytes a second, bursts in packets or bytes.
struct MeterRates {
  uint64_t committed_rate = 0;
  uint64_t committed_burst = 0;
  uint64_t peak_rate = 0;
  uint64_t peak_burst = 0;

  friend bool operator==(const MeterRates&, const MeterRates&) = default;
};

// One token bucket: a level that rises with time up to the burst. "Virtual scheduling", as in core::TokenBucket, but
// without debts: what is more than the level is never taken.
class MeterBucket {
 public:
  // Full from now on.
  void configure(uint64_t rate_per_s, uint64_t burst, uint64_t now_ns) noexcept;
  // Takes all of `count`, or nothing.
  [[nodiscard]] bool take(uint64_t count, uint64_t now_ns) noexcept;

 private:
  // Time is in steps of 1/64 ns since the bucket was configured; 64 bits of them last nine years.
  std::atomic<uint64_t> empty_at_;     // the bucket is exactly empty then; never further back than burst_steps_
  std::atomic<uint64_t> cost_;         // steps a token takes, in 1/2^26
  std::atomic<uint64_t> burst_;        // tokens
  std::atomic<uint64_t> burst_steps_;  // in which the burst piles up
  std::atomic<uint64_t> epoch_ns_;
  std::atomic<uint64_t> left_;  // tokens, of a bucket without a rate
};

class MeterArray {
 public:
  static Result<std::unique_ptr<MeterArray>> make(std::string_view name, MeterUnit unit, uint64_t size);

  // A data thread: the packet's colour. Colour-blind with the second argument left out (RFC 2698 §3). An index beyond
  // the size leaves the colour as it is.
  [[nodiscard]] MeterColor execute(uint64_t index, uint64_t packet_bytes, uint64_t now_ns,
                                   MeterColor before = MeterColor::Green) noexcept;

  // The control plane. InvalidArgument: a peak below the committed rate. OutOfRange: no such index.
  Result<> configure(uint64_t index, const MeterRates& rates, uint64_t now_ns);
  Result<> reset(uint64_t index);  // not configured any more
  // All zero when it is not configured.
  Result<MeterRates> read(uint64_t index) const;
  [[nodiscard]] uint64_t size() const noexcept { return size_; }
  [[nodiscard]] MeterUnit unit() const noexcept { return unit_; }

 private:
  struct Cell {
    MeterBucket committed;
    MeterBucket peak;
    MeterRates rates;  // the control plane's
    std::atomic<uint64_t> is_configured;
  };
  MeterArray() = default;
  Result<> check_index(uint64_t index) const;

  std::string name_;
  MeterUnit unit_ = MeterUnit::Packets;
  uint64_t size_ = 0;
  Region memory_;
  Cell* cells_ = nullptr;
  mutable std::mutex mutex_;
};

}  // namespace outrigger::pipeline
