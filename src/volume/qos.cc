#include "volume/qos.h"

#include "base/check.h"
#include "base/intrusive.h"
#include "volume/limits.h"

#include <algorithm>

namespace outrigger::volume {

namespace {

using block::Op;
using block::Request;

// What a request costs.
struct Charge {
  bool is_read;
  uint64_t bytes;
};

bool moves_zeroes(const Request& request, const block::Geometry& geometry) noexcept {
  const bool may_unmap = (request.flags & block::flag::MayUnmap) != 0;
  return geometry.zeroes_cost == block::ZeroesCost::Bytes ||
         (geometry.zeroes_cost == block::ZeroesCost::BytesUnlessUnmapped && !may_unmap);
}

Charge charge_of(const Request& request, const block::Geometry& geometry) noexcept {
  const uint64_t bytes = request.block_count * geometry.block_size;
  switch (request.op) {
    case Op::Read: return {true, bytes};
    case Op::Write:
    case Op::CompareAndWrite:
    case Op::Copy: return {false, bytes};
    case Op::WriteZeroes: return {false, moves_zeroes(request, geometry) ? bytes : 0};
    case Op::Discard:
    case Op::Flush:
    case Op::Reset: return {false, 0};
  }
  return {false, 0};
}

Result<void> check_limit(std::string_view name, std::string_view what, uint64_t rate, uint64_t burst) {
  if (rate == 0 && burst != 0) {
    return fail(Code::InvalidArgument, "volume {}: a burst for {} needs a limit for {}; set both or neither", name,
                what, what);
  }
  return {};
}

Result<void> check_limits(std::string_view name, const QosLimits& limits) {
  OR_TRY(check_limit(name, "read operations", limits.read_iops, limits.read_iops_burst));
  OR_TRY(check_limit(name, "write operations", limits.write_iops, limits.write_iops_burst));
  OR_TRY(check_limit(name, "all operations", limits.total_iops, limits.total_iops_burst));
  OR_TRY(check_limit(name, "read bandwidth", limits.read_bytes_per_s, limits.read_bytes_burst));
  OR_TRY(check_limit(name, "write bandwidth", limits.write_bytes_per_s, limits.write_bytes_burst));
  OR_TRY(check_limit(name, "total bandwidth", limits.total_bytes_per_s, limits.total_bytes_burst));
  return {};
}

}  // namespace

// One core's queues in front of the limits.
class QosChannel final : public block::Channel {
 public:
  QosChannel(QosDevice& device, core::Reactor& reactor, std::unique_ptr<block::Channel> below)
      : Channel(device), limits_(device), reactor_(reactor), below_(std::move(below)) {
    timer_.owner = this;
    timer_.fire = [](core::Timer& timer) noexcept { static_cast<QosChannel*>(timer.owner)->release(); };
  }
  ~QosChannel() override {
    check(reads_.waiting.is_empty() && writes_.waiting.is_empty(), "a channel is drained before it is destroyed");
    reactor_.cancel(timer_);
  }

 private:
  struct Lane {
    IntrusiveQueue<Request> waiting;
    // The booking of the request in front.
    bool is_booked = false;
    uint8_t booked_buckets = 0;
    uint64_t booked_generation = 0;
    uint64_t ready_ns = 0;
  };

  void do_submit(Request& request) noexcept override {
    if (request.op == Op::Flush || request.op == Op::Reset) {
      below_->submit(request);
      return;
    }
    Lane& lane = request.op == Op::Read ? reads_ : writes_;
    if (lane.waiting.is_empty()) {
      if ((generation() & 1) == 0) {
        below_->submit(request);
        return;
      }
      book(lane, request);
      if (lane.ready_ns <= reactor_.turn_ns()) {
        lane.is_booked = false;
        below_->submit(request);
        return;
      }
      lane.waiting.push_back(request);
      arm(lane.ready_ns);
      return;
    }
    lane.waiting.push_back(request);
  }

  void do_prefetch(const Request& request) noexcept override { below_->prefetch(request); }

  std::span<const std::byte> do_borrow(uint64_t lba, uint64_t block_count) noexcept override {
    const bool is_limited = (generation() & 1) != 0 || !reads_.waiting.is_empty();
    return is_limited ? std::span<const std::byte>() : below_->borrow(lba, block_count);
  }

  void do_expedite() noexcept override {
    below_->expedite();
    if (!reads_.waiting.is_empty() || !writes_.waiting.is_empty()) {
      is_expediting_ = true;
      release();
    }
  }

  [[nodiscard]] uint64_t generation() const noexcept { return limits_.generation_.load(std::memory_order_acquire); }

  // Takes the tokens of `request`, the one in front of `lane`, and notes when they are due.
  void book(Lane& lane, const Request& request) noexcept {
    const uint64_t now_ns = reactor_.turn_ns();
    const Charge charge = charge_of(request, limits_.fixed_geometry());
    lane.is_booked = true;
    lane.booked_buckets = 0;
    lane.booked_generation = generation();
    lane.ready_ns = now_ns;
    const auto take = [&](QosDevice::Bucket bucket, uint64_t count) {
      core::TokenBucket& tokens = limits_.buckets_[bucket];
      if (count != 0 && tokens.is_limited()) {
        lane.ready_ns = std::max(lane.ready_ns, tokens.book(count, now_ns));
        lane.booked_buckets = static_cast<uint8_t>(lane.booked_buckets | (1U << bucket));
      }
    };
    take(charge.is_read ? QosDevice::ReadOperations : QosDevice::WriteOperations, 1);
    take(charge.is_read ? QosDevice::ReadBytes : QosDevice::WriteBytes, charge.bytes);
    take(QosDevice::TotalOperations, 1);
    take(QosDevice::TotalBytes, charge.bytes);
  }

  // The limits changed since: the booking was at the old price.
  void unbook(Lane& lane, const Request& request) noexcept {
    const Charge charge = charge_of(request, limits_.fixed_geometry());
    for (size_t bucket = 0; bucket < QosDevice::bucket_count; ++bucket) {
      if ((lane.booked_buckets & (1U << bucket)) != 0) {
        const bool is_bytes =
            bucket == QosDevice::ReadBytes || bucket == QosDevice::WriteBytes || bucket == QosDevice::TotalBytes;
        limits_.buckets_[bucket].give_back(is_bytes ? charge.bytes : 1);
      }
    }
    lane.is_booked = false;
  }

  // Lets the front of `lane` go when it is due. A completion may come back into do_submit() from here.
  bool release_front(Lane& lane) noexcept {
    Request* const front = lane.waiting.front();
    if (front == nullptr) {
      return false;
    }
    if (lane.is_booked && lane.booked_generation != generation()) {
      unbook(lane, *front);
    }
    if (!lane.is_booked) {
      book(lane, *front);
    }
    const uint64_t ahead_ns = is_expediting_ ? qos_expedite_ns_max : 0;
    if (lane.ready_ns > reactor_.turn_ns() + ahead_ns) {
      return false;
    }
    lane.is_booked = false;
    below_->submit(*lane.waiting.pop_front());
    return true;
  }

  void release() noexcept {
    uint32_t count = 0;
    bool is_moving = true;
    while (is_moving && count < qos_releases_per_turn_max) {
      const bool is_read_moving = release_front(reads_);
      const bool is_write_moving = release_front(writes_);
      is_moving = is_read_moving || is_write_moving;
      ++count;
    }
    rearm();
  }

  void rearm() noexcept {
    uint64_t deadline_ns = UINT64_MAX;
    for (const Lane* lane : {&reads_, &writes_}) {
      if (!lane->waiting.is_empty()) {
        // What was not looked at yet is next turn's.
        deadline_ns = std::min(deadline_ns, lane->is_booked ? lane->ready_ns : reactor_.turn_ns() + 1);
      }
    }
    if (deadline_ns == UINT64_MAX) {
      is_expediting_ = false;
      reactor_.cancel(timer_);
    } else {
      reactor_.arm(timer_, std::min(deadline_ns, reactor_.turn_ns() + qos_recheck_ns));
    }
  }

  void arm(uint64_t ready_ns) noexcept {
    const uint64_t deadline_ns = std::min(ready_ns, reactor_.turn_ns() + qos_recheck_ns);
    if (!timer_.is_armed() || deadline_ns < timer_.deadline_ns) {
      reactor_.arm(timer_, deadline_ns);
    }
  }

  QosDevice& limits_;
  core::Reactor& reactor_;
  std::unique_ptr<block::Channel> below_;
  Lane reads_;
  Lane writes_;
  bool is_expediting_ = false;  // until nobody waits
  core::Timer timer_;
};

QosDevice::QosDevice(std::string name, block::Device& below, const core::Clock& clock)
    : LayerDevice(std::move(name), below.geometry(), below), clock_(clock) {}

Result<std::unique_ptr<QosDevice>> QosDevice::create(std::string name, block::Device& below, const QosLimits& limits,
                                                     const core::Clock& clock) {
  OR_TRY(check_stack(name, below, 1));
  OR_TRY(check_limits(name, limits));
  std::unique_ptr<QosDevice> device(new QosDevice(std::move(name), below, clock));
  device->configure(limits);
  return device;
}

Result<void> QosDevice::update(const QosLimits& limits) {
  OR_TRY(check_limits(name(), limits));
  configure(limits);
  return {};
}

void QosDevice::configure(const QosLimits& limits) noexcept {
  const uint64_t now_ns = clock_.now_ns();
  buckets_[ReadOperations].configure(limits.read_iops, limits.read_iops_burst, now_ns);
  buckets_[ReadBytes].configure(limits.read_bytes_per_s, limits.read_bytes_burst, now_ns);
  buckets_[WriteOperations].configure(limits.write_iops, limits.write_iops_burst, now_ns);
  buckets_[WriteBytes].configure(limits.write_bytes_per_s, limits.write_bytes_burst, now_ns);
  buckets_[TotalOperations].configure(limits.total_iops, limits.total_iops_burst, now_ns);
  buckets_[TotalBytes].configure(limits.total_bytes_per_s, limits.total_bytes_burst, now_ns);
  const bool is_limited =
      std::any_of(buckets_.begin(), buckets_.end(), [](const auto& bucket) { return bucket.is_limited(); });
  const uint64_t generation = (generation_.load(std::memory_order_relaxed) >> 1) + 1;
  generation_.store((generation << 1) | (is_limited ? 1 : 0), std::memory_order_release);
  limits_ = limits;
}

Result<std::unique_ptr<block::Channel>> QosDevice::open_channel(core::Reactor& reactor) {
  OR_ASSIGN(auto channel, below().open_channel(reactor));
  return std::make_unique<QosChannel>(*this, reactor, std::move(channel));
}

}  // namespace outrigger::volume
