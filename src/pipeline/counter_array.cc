// CounterArray: one region, the shards first and then the control plane's offsets.
#include "pipeline/counter_array.h"

namespace outrigger::pipeline {

Result<std::unique_ptr<CounterArray>> CounterArray::make(std::string_view name, CounterUnit unit, uint64_t size,
                                                         uint32_t threads) {
  if (size > array_cells_max || threads == 0 || threads > data_threads_max) {
    return fail(Code::ResourceExhausted, "counter {} has {} cells; at most {} are possible", name, size,
                array_cells_max);
  }
  std::unique_ptr<CounterArray> counters(new CounterArray);
  counters->name_ = name;
  counters->unit_ = unit;
  counters->size_ = size;
  counters->threads_ = threads;
  if (size == 0) {
    return counters;
  }
  OR_ASSIGN(counters->memory_, Region::make((uint64_t{threads} + 1) * size * sizeof(Cell), name));
  counters->shards_ = counters->memory_.as<Cell>();
  counters->offsets_ = counters->memory_.as<CounterValue>() + threads * size;
  static_assert(sizeof(Cell) == sizeof(CounterValue));
  return counters;
}

CounterValue CounterArray::sum(uint64_t index) const noexcept {
  CounterValue total = offsets_[index];
  for (uint32_t thread = 0; thread < threads_; ++thread) {
    const Cell& cell = shards_[thread * size_ + index];
    total.packets += cell.packets.load(std::memory_order_relaxed);
    total.bytes += cell.bytes.load(std::memory_order_relaxed);
  }
  return total;
}

Result<> CounterArray::check_index(uint64_t index) const {
  if (index >= size_) {
    return fail(Code::OutOfRange, "counter {} has the indices 0 to {}; there is no {}", name_,
                size_ == 0 ? 0 : size_ - 1, index);
  }
  return {};
}

Result<CounterValue> CounterArray::read(uint64_t index) const {
  OR_TRY(check_index(index));
  const std::scoped_lock lock(mutex_);
  CounterValue value = sum(index);
  value.packets = unit_ == CounterUnit::Bytes ? 0 : value.packets;
  value.bytes = unit_ == CounterUnit::Packets ? 0 : value.bytes;
  return value;
}

Result<> CounterArray::write(uint64_t index, CounterValue value) {
  OR_TRY(check_index(index));
  const std::scoped_lock lock(mutex_);
  const CounterValue now = sum(index);
  offsets_[index].packets += value.packets - now.packets;
  offsets_[index].bytes += value.bytes - now.bytes;
  return {};
}

void CounterArray::reset() {
  for (uint64_t index = 0; index < size_; ++index) {
    const std::scoped_lock lock(mutex_);
    const CounterValue now = sum(index);
    // A cell that nobody touched is not written: its page may not exist.
    if (now != CounterValue{}) {
      offsets_[index].packets -= now.packets;
      offsets_[index].bytes -= now.bytes;
    }
  }
}

}  // namespace outrigger::pipeline
