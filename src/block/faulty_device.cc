#include "block/faulty_device.h"

#include "base/check.h"

#include <algorithm>
#include <new>
#include <utility>

namespace outrigger::block {
namespace {

// Where a request's timer and its final status live in the layer's frame.
static_assert(sizeof(core::Timer) <= 5 * sizeof(uint64_t) && alignof(core::Timer) <= alignof(uint64_t));
enum Scratch : size_t { TimerPlace = 0, FinalStatus = 5 };
constexpr uint64_t status_from_below = UINT64_MAX;

}  // namespace

class FaultyChannel final : public Channel {
 public:
  FaultyChannel(FaultyDevice& device, core::Reactor& reactor, std::unique_ptr<Channel> base, uint64_t seed)
      : Channel(device), device_(device), reactor_(reactor), base_(std::move(base)), random_(seed) {}
  ~FaultyChannel() override {
    const std::lock_guard lock(device_.mutex_);
    std::erase(device_.channels_, this);
  }
  [[nodiscard]] const core::Reactor& reactor() const noexcept { return reactor_; }

  void release(std::optional<Status> status) noexcept {
    // Only what is held now: what comes back while we release may be held again.
    IntrusiveQueue<Request> released;
    released.splice_back(held_);
    {
      const std::lock_guard lock(device_.mutex_);
      device_.held_count_ -= released.count();
    }
    while (Request* const request = released.pop_front()) {
      if (status.has_value()) {
        request->complete(*status);
      } else {
        base_->submit(*request);
      }
    }
  }

 protected:
  void do_submit(Request& request) noexcept override {
    const std::optional<FaultRule> rule = device_.strike(request, random_);
    if (!rule.has_value()) {
      push(request, status_from_below);
      base_->submit(request);
      return;
    }
    switch (rule->fault) {
      case Fault::FailBefore: request.complete(rule->status); return;
      case Fault::FailAfter:
        push(request, static_cast<uint64_t>(rule->status));
        base_->submit(request);
        return;
      case Fault::Delay: delay(request, rule->delay_ns); return;
      case Fault::Hold:
        push(request, status_from_below);
        held_.push_back(request);
        return;
    }
  }

 private:
  Frame& push(Request& request, uint64_t final_status) noexcept {
    Frame& frame = request.push(&FaultyChannel::done, this);
    frame.scratch[FinalStatus] = final_status;
    return frame;
  }

  void delay(Request& request, uint64_t delay_ns) {
    Frame& frame = push(request, status_from_below);
    auto* const timer = new (&frame.scratch[TimerPlace]) core::Timer();
    timer->owner = &request;
    timer->fire = [](core::Timer& fired) noexcept {
      auto& delayed = *static_cast<Request*>(fired.owner);
      auto& channel = *static_cast<FaultyChannel*>(delayed.frames[delayed.depth - 1].owner);
      channel.base_->submit(delayed);
    };
    reactor_.arm(*timer, reactor_.clock().now_ns() + delay_ns);
  }

  static void done(Request& request) noexcept {
    const uint64_t final_status = request.popped().scratch[FinalStatus];
    request.complete(final_status == status_from_below ? request.status : static_cast<Status>(final_status));
  }

  FaultyDevice& device_;
  core::Reactor& reactor_;
  std::unique_ptr<Channel> base_;
  core::Random random_;
  IntrusiveQueue<Request> held_;
};

FaultyDevice::FaultyDevice(std::string name, Device& base, uint64_t seed)
    : Device(std::move(name), base.geometry()), base_(base), seed_(seed) {
  base_.subscribe(*this);
}

FaultyDevice::~FaultyDevice() { base_.unsubscribe(*this); }

void FaultyDevice::device_resized(Device& device) { set_block_count(device.block_count()); }

Result<std::unique_ptr<Channel>> FaultyDevice::open_channel(core::Reactor& reactor) {
  OR_ASSIGN(std::unique_ptr<Channel> base, base_.open_channel(reactor));
  // Before the lock: a channel adds itself to the device's counters.
  uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = opened_count_++;
  }
  auto channel = std::make_unique<FaultyChannel>(*this, reactor, std::move(base), seed_ + number);
  const std::lock_guard lock(mutex_);
  channels_.push_back(channel.get());
  return channel;
}

void FaultyDevice::add_rule(const FaultRule& rule) {
  check(rule.one_in > 0, "a rule strikes once in at least one match");
  const std::lock_guard lock(mutex_);
  rules_.push_back(rule);
}

void FaultyDevice::clear_rules() {
  const std::lock_guard lock(mutex_);
  rules_.clear();
}

uint64_t FaultyDevice::strike_count() const {
  const std::lock_guard lock(mutex_);
  return strike_count_;
}

uint64_t FaultyDevice::held_count() const {
  const std::lock_guard lock(mutex_);
  return held_count_;
}

void FaultyDevice::release(const core::Reactor& reactor, std::optional<Status> status) {
  check(reactor.is_current(), "held requests are released on their own core");
  std::vector<FaultyChannel*> mine;
  {
    const std::lock_guard lock(mutex_);
    std::ranges::copy_if(channels_, std::back_inserter(mine),
                         [&](const FaultyChannel* channel) { return &channel->reactor() == &reactor; });
  }
  for (FaultyChannel* const channel : mine) {
    channel->release(status);
  }
}

std::optional<FaultRule> FaultyDevice::strike(const Request& request, core::Random& random) {
  const bool has_range = request.op != Op::Flush && request.op != Op::Reset;
  const uint64_t last = request.lba + (request.block_count != 0 ? request.block_count - 1 : 0);
  const std::lock_guard lock(mutex_);
  for (FaultRule& rule : rules_) {
    const bool is_match = (!rule.op.has_value() || *rule.op == request.op) && rule.count_max > 0 &&
                          (!has_range || (request.lba <= rule.lba_last && last >= rule.lba_first));
    if (is_match && random.chance(rule.one_in)) {
      rule.count_max -= rule.count_max == UINT64_MAX ? 0 : 1;
      ++strike_count_;
      held_count_ += rule.fault == Fault::Hold ? 1 : 0;
      return rule;
    }
  }
  return std::nullopt;
}

}  // namespace outrigger::block
