// CounterArray: P4 counters, direct ones (by an entry's handle) and indirect ones (by index). Each data thread has a
// shard of its own, so that counting is two additions without a locked instruction; reading adds the shards up.
#pragma once

#include "base/counter.h"
#include "pipeline/limits.h"
#include "pipeline/region.h"
#include "pipeline/table_shape.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace outrigger::pipeline {

struct CounterValue {
  uint64_t packets = 0;
  uint64_t bytes = 0;

  friend bool operator==(const CounterValue&, const CounterValue&) = default;
};

class CounterArray {
 public:
  struct Cell {
    std::atomic<uint64_t> packets;
    std::atomic<uint64_t> bytes;
  };

  // `threads`: data threads that count, each by its own number below that (Quiescence::join()).
  static Result<std::unique_ptr<CounterArray>> make(std::string_view name, CounterUnit unit, uint64_t size,
                                                    uint32_t threads);

  // A data thread. An index beyond the size counts nowhere, as BMv2 has it.
  void count(uint32_t thread, uint64_t index, uint64_t packet_bytes) noexcept {
    if (index < size_) [[likely]] {
      Cell& cell = shards_[thread * size_ + index];
      add_to(cell.packets, 1);
      add_to(cell.bytes, packet_bytes);
    }
  }
  // The cells of one thread, for native code.
  [[nodiscard]] Cell* shard(uint32_t thread) noexcept { return shards_ + thread * size_; }

  // The control plane. OutOfRange: no such index. What the unit leaves out reads as 0.
  Result<CounterValue> read(uint64_t index) const;
  Result<> write(uint64_t index, CounterValue value);
  void reset();

  [[nodiscard]] uint64_t size() const noexcept { return size_; }
  [[nodiscard]] CounterUnit unit() const noexcept { return unit_; }

 private:
  CounterArray() = default;
  [[nodiscard]] CounterValue sum(uint64_t index) const noexcept;
  Result<> check_index(uint64_t index) const;

  std::string name_;
  CounterUnit unit_ = CounterUnit::None;
  uint64_t size_ = 0;
  uint32_t threads_ = 0;
  Region memory_;
  Cell* shards_ = nullptr;
  // What the control plane wrote, less what the shards had then: a data thread's cell has one writer.
  CounterValue* offsets_ = nullptr;
  mutable std::mutex mutex_;  // guards offsets_
};

}  // namespace outrigger::pipeline
