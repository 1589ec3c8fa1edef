#include "volume/qos.h"

#include "base/check.h"
#include "core/rate_gate.h"

namespace outrigger::volume {

namespace {

using block::Op;
using block::Request;

bool moves_zeroes(const Request& request, const block::Geometry& geometry) noexcept {
  const bool may_unmap = (request.flags & block::flag::MayUnmap) != 0;
  return geometry.zeroes_cost == block::ZeroesCost::Bytes ||
         (geometry.zeroes_cost == block::ZeroesCost::BytesUnlessUnmapped && !may_unmap);
}

core::Charge charge_of(const Request& request, const block::Geometry& geometry) noexcept {
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
      : Channel(device), limits_(device), below_(std::move(below)), gate_(device.rates_, *this) {
    gate_.attach(reactor);
  }
  ~QosChannel() override {
    check(gate_.is_empty(), "a channel is drained before it is destroyed");
    gate_.detach();
  }

 private:
  using Gate = core::RateGate<Request, QosChannel>;
  friend Gate;

  void do_submit(Request& request) noexcept override {
    const bool is_free = request.op == Op::Flush || request.op == Op::Reset;
    if (is_free || gate_.is_open() || gate_.admit(request)) {
      below_->submit(request);
    }
  }

  void do_prefetch(const Request& request) noexcept override { below_->prefetch(request); }

  std::span<const std::byte> do_borrow(uint64_t lba, uint64_t block_count) noexcept override {
    return gate_.is_open() ? below_->borrow(lba, block_count) : std::span<const std::byte>();
  }

  void do_expedite() noexcept override {
    below_->expedite();
    gate_.expedite();
  }

  void do_abandon() noexcept override {
    IntrusiveQueue<Request> ended;
    gate_.remove_if([](const Request& request) noexcept { return request.is_abandoned(); }, ended);
    while (Request* const request = ended.pop_front()) {
      request->complete(block::Status::Aborted);
    }
    below_->abandon();
  }

  // -- for the gate
  [[nodiscard]] core::Charge charge_of(const Request& request) const noexcept {
    return volume::charge_of(request, limits_.fixed_geometry());
  }
  void pass(Request& request) noexcept { below_->submit(request); }

  QosDevice& limits_;
  std::unique_ptr<block::Channel> below_;
  Gate gate_;
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
  rates_.configure(limits, clock_.now_ns());
  limits_ = limits;
}

Result<std::unique_ptr<block::Channel>> QosDevice::open_channel(core::Reactor& reactor) {
  OR_ASSIGN(auto channel, below().open_channel(reactor));
  return std::make_unique<QosChannel>(*this, reactor, std::move(channel));
}

}  // namespace outrigger::volume
