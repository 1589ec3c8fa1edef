// MeterArray: RFC 2698 §3 over two buckets.
#include "pipeline/meter_array.h"

#include <algorithm>

namespace outrigger::pipeline {

namespace {

constexpr uint64_t steps_per_ns = 64;
constexpr uint64_t steps_per_s = 1'000'000'000 * steps_per_ns;
constexpr uint32_t cost_shift = 26;
// Half of all steps: a burst that takes longer to pile up, more than four years, is as good as this.
constexpr uint64_t burst_steps_max = UINT64_MAX / 4;

uint64_t scaled(uint64_t count, uint64_t cost) noexcept {
  const unsigned __int128 steps = (static_cast<unsigned __int128>(count) * cost) >> cost_shift;
  return steps > burst_steps_max ? burst_steps_max : static_cast<uint64_t>(steps);
}

}  // namespace

void MeterBucket::configure(uint64_t rate_per_s, uint64_t burst, uint64_t now_ns) noexcept {
  const uint64_t cost = rate_per_s == 0 ? 0 : (steps_per_s << cost_shift) / rate_per_s;
  const uint64_t burst_steps = scaled(burst, cost);
  burst_.store(burst, std::memory_order_relaxed);
  burst_steps_.store(burst_steps, std::memory_order_relaxed);
  cost_.store(cost, std::memory_order_relaxed);
  left_.store(burst, std::memory_order_relaxed);
  // Full: it was empty as long ago as it takes to fill. The epoch lies that far back.
  epoch_ns_.store(now_ns, std::memory_order_relaxed);
  empty_at_.store(0, std::memory_order_release);
}

bool MeterBucket::take(uint64_t count, uint64_t now_ns) noexcept {
  uint64_t empty_at = empty_at_.load(std::memory_order_acquire);
  const uint64_t burst = burst_.load(std::memory_order_relaxed);
  const uint64_t cost = cost_.load(std::memory_order_relaxed);
  if (count > burst) {
    return false;
  }
  if (cost == 0) {  // nothing is ever added
    uint64_t left = left_.load(std::memory_order_relaxed);
    for (uint32_t attempt = 0; attempt < meter_attempts_max && left >= count; ++attempt) {
      if (left_.compare_exchange_weak(left, left - count, std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }
  const uint64_t burst_steps = burst_steps_.load(std::memory_order_relaxed);
  const uint64_t epoch_ns = epoch_ns_.load(std::memory_order_relaxed);
  const uint64_t passed_ns = std::min(now_ns > epoch_ns ? now_ns - epoch_ns : 0, burst_steps_max / steps_per_ns);
  const uint64_t now = burst_steps + passed_ns * steps_per_ns;  // the epoch is the moment burst_steps
  const uint64_t steps = scaled(count, cost);
  for (uint32_t attempt = 0; attempt < meter_attempts_max; ++attempt) {
    const uint64_t from = std::max(empty_at, now - burst_steps);
    if (from + steps > now) {
      return false;
    }
    if (empty_at_.compare_exchange_weak(empty_at, from + steps, std::memory_order_acq_rel)) {
      return true;
    }
  }
  return true;  // so many others take from it at this moment that one packet more makes no difference
}

Result<std::unique_ptr<MeterArray>> MeterArray::make(std::string_view name, MeterUnit unit, uint64_t size) {
  if (size > array_cells_max) {
    return fail(Code::ResourceExhausted, "meter {} has {} cells; at most {} are possible", name, size, array_cells_max);
  }
  std::unique_ptr<MeterArray> meters(new MeterArray);
  meters->name_ = name;
  meters->unit_ = unit;
  meters->size_ = size;
  if (size > 0) {
    OR_ASSIGN(meters->memory_, Region::make(size * sizeof(Cell), name));
    meters->cells_ = meters->memory_.as<Cell>();
  }
  return meters;
}

MeterColor MeterArray::execute(uint64_t index, uint64_t packet_bytes, uint64_t now_ns, MeterColor before) noexcept {
  if (index >= size_) {
    return before;
  }
  Cell& cell = cells_[index];
  if (cell.is_configured.load(std::memory_order_acquire) == 0) {
    return before;
  }
  const uint64_t count = unit_ == MeterUnit::Bytes ? packet_bytes : 1;
  // RFC 2698 §3: red when it was red or exceeds the peak; else yellow when it was yellow or exceeds the committed rate.
  if (before == MeterColor::Red || !cell.peak.take(count, now_ns)) {
    return MeterColor::Red;
  }
  if (before == MeterColor::Yellow || !cell.committed.take(count, now_ns)) {
    return MeterColor::Yellow;
  }
  return MeterColor::Green;
}

Result<> MeterArray::check_index(uint64_t index) const {
  if (index >= size_) {
    return fail(Code::OutOfRange, "meter {} has the indices 0 to {}; there is no {}", name_, size_ == 0 ? 0 : size_ - 1,
                index);
  }
  return {};
}

Result<> MeterArray::configure(uint64_t index, const MeterRates& rates, uint64_t now_ns) {
  OR_TRY(check_index(index));
  if (rates.peak_rate < rates.committed_rate) {
    return fail(Code::InvalidArgument, "meter {}: the peak rate {} is below the committed rate {} (RFC 2698)", name_,
                rates.peak_rate, rates.committed_rate);
  }
  const std::scoped_lock lock(mutex_);
  Cell& cell = cells_[index];
  cell.rates = rates;
  cell.committed.configure(rates.committed_rate, rates.committed_burst, now_ns);
  cell.peak.configure(rates.peak_rate, rates.peak_burst, now_ns);
  cell.is_configured.store(1, std::memory_order_release);
  return {};
}

Result<> MeterArray::reset(uint64_t index) {
  OR_TRY(check_index(index));
  const std::scoped_lock lock(mutex_);
  cells_[index].rates = {};
  cells_[index].is_configured.store(0, std::memory_order_release);
  return {};
}

Result<MeterRates> MeterArray::read(uint64_t index) const {
  OR_TRY(check_index(index));
  const std::scoped_lock lock(mutex_);
  return cells_[index].rates;
}

}  // namespace outrigger::pipeline
