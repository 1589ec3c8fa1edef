#include "virtio/blk.h"

#include "base/check.h"
#include "base/log.h"
#include "virtio/limits.h"
#include "virtio/ring_format.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace outrigger::virtio {

namespace {

constexpr uint64_t wait_ns_min = 50'000;
constexpr uint64_t wait_ns_max = 2'000'000;
constexpr uint64_t wait_report_ns = 5'000'000'000;

}  // namespace

Blk::Blk(std::string name, block::Device& block_device, core::Reactor& control, std::vector<core::Reactor*> data,
         BlkOptions options)
    : name_(std::move(name)),
      block_device_(block_device),
      control_(control),
      options_(std::move(options)),
      limits_(blk_limits(block_device, options_)),
      features_(blk_features(block_device.fixed_geometry(), options_)) {
  check(!data.empty(), "a device needs a data core");
  check(options_.queue_count_max > 0 && options_.queue_size_max > 0, "a device has queues");
  for (core::Reactor* const reactor : data) {
    cores_.push_back(std::make_unique<Core>());
    cores_.back()->reactor = reactor;
  }
  for (uint16_t i = 0; i < options_.queue_count_max; ++i) {
    slots_.push_back(std::make_unique<Slot>());
  }
  block_device_.subscribe(*this);
}

Blk::~Blk() {
  block_device_.unsubscribe(*this);
  for (const auto& slot : slots_) {
    check(slot->state == Slot::State::Stopped, "queues are stopped before their device goes away");
  }
}

void Blk::forget_driver() {
  negotiated_ = 0;
  choice_ = CacheChoice::None;
  settle_cache_mode();
}

void Blk::set_features(uint64_t negotiated) {
  negotiated_ = negotiated & features_;
  settle_cache_mode();
}

void Blk::restore_choice(std::optional<std::byte> choice) {
  // Not known: stable writes are right for drivers that rely on them and for those that flush.
  const auto kept = static_cast<CacheChoice>(choice.value_or(static_cast<std::byte>(CacheChoice::Writethrough)));
  choice_ = kept > CacheChoice::Writeback ? CacheChoice::Writethrough : kept;
  settle_cache_mode();
}

void Blk::settle_cache_mode() noexcept {
  const bool can_flush = (negotiated_ & blk_feature::Flush) != 0;
  const bool has_toggle = (negotiated_ & blk_feature::ConfigWce) != 0;
  // §5.2.5.2: a driver without FLUSH must not see a write-back cache. Before there is a driver at all, the reader is
  // QEMU, which keeps what it reads then and shows it to every driver.
  is_writeback_ = negotiated_ == 0 || (can_flush && choice_ != CacheChoice::Writethrough);
  // §5.2.6.2: writes are stable when they complete, unless the driver can and must flush.
  const bool is_stable = !can_flush || (has_toggle && choice_ == CacheChoice::Writethrough);
  is_writethrough_.store(is_stable, std::memory_order_relaxed);
}

void Blk::read_config(uint32_t offset, std::span<std::byte> out) const {
  const BlkConfigSpace space = blk_config_space(block_device_.geometry(), options_, is_writeback_);
  std::ranges::fill(out, std::byte{0});
  if (offset < sizeof space) {
    std::memcpy(out.data(), reinterpret_cast<const std::byte*>(&space) + offset,
                std::min(out.size(), sizeof space - offset));
  }
}

Result<void> Blk::write_config(uint32_t offset, std::span<const std::byte> data) {
  if (offset != offsetof(BlkConfigSpace, writeback) || data.size() != 1) {
    return fail(Code::InvalidArgument,
                "{}: configuration bytes {} to {} are read-only; only writeback (byte {}) is not", name_, offset,
                offset + data.size(), offsetof(BlkConfigSpace, writeback));
  }
  if ((negotiated_ & blk_feature::ConfigWce) == 0 || static_cast<uint8_t>(data[0]) > 1) {
    return fail(Code::InvalidArgument, "{}: writeback takes 0 or 1 and needs VIRTIO_BLK_F_CONFIG_WCE", name_);
  }
  choice_ = data[0] != std::byte{0} ? CacheChoice::Writeback : CacheChoice::Writethrough;
  settle_cache_mode();
  return {};
}

void Blk::device_resized(block::Device& device) {
  log::info("virtio", "{}: {} has {} bytes now", name_, device.name(), device.geometry().size_bytes());
  if (listener_ != nullptr) {
    listener_->config_changed();
  }
}

Blk::Core& Blk::core_of(uint16_t index) const noexcept {
  return *cores_[(options_.first_reactor + index) % cores_.size()];
}
core::Reactor& Blk::reactor_of(uint16_t index) const noexcept { return *core_of(index).reactor; }

std::string Blk::queue_name(uint16_t index) const { return fmt::format("{} queue {}", name_, index); }

bool Blk::is_queue_running(uint16_t index) const noexcept {
  return index < slots_.size() && slots_[index]->state == Slot::State::Running;
}

Result<void> Blk::open_queue(uint16_t index, QueueSetup setup, MemoryVersion memory, uint64_t features) {
  Core& core = core_of(index);
  if (core.channel == nullptr) {
    auto channel = block_device_.open_channel(*core.reactor);
    if (!channel.has_value()) {
      return with_context(std::move(channel).error(), name_);
    }
    core.channel = std::move(*channel);
  }
  auto queue = BlkQueue::open({.name = queue_name(index),
                               .limits = negotiated_limits(limits_, features),
                               .limiter = core.limiter,
                               .strikes = strikes_,
                               .is_writethrough = is_writethrough_,
                               .counters = slots_[index]->counters,
                               .reactor = *core.reactor,
                               .channel = *core.channel},
                              std::move(setup), std::move(memory), features);
  if (!queue.has_value()) {
    if (core.queue_count == 0) {
      core.channel.reset();
    }
    return std::unexpected(std::move(queue).error());
  }
  ++core.queue_count;
  slots_[index]->queue = std::move(*queue);
  return {};
}

VringBase Blk::close_queue(uint16_t index) {
  Core& core = core_of(index);
  auto& queue = slots_[index]->queue;
  const VringBase base = queue->close();
  queue.reset();
  if (--core.queue_count == 0) {
    core.channel.reset();
  }
  return base;
}

core::Job<Result<void>> Blk::start_queue(uint16_t index, QueueSetup setup) {
  if (index >= slots_.size()) {
    co_return fail(Code::OutOfRange, "{}: queue {} of {}", name_, index, slots_.size());
  }
  Slot& slot = *slots_[index];
  if (slot.state != Slot::State::Stopped) {
    co_return fail(Code::FailedPrecondition, "{}: queue {} is running: stop it first", name_, index);
  }
  if (setup.size > options_.queue_size_max) {
    co_return fail(Code::OutOfRange, "{}: queue {} of {} descriptors: at most {}", name_, index, setup.size,
                   options_.queue_size_max);
  }
  slot.state = Slot::State::Starting;
  auto sitting_out = sit_out_strikes();
  co_await sitting_out;
  // What holds now, taken here: the other core must not look at control's fields.
  const MemoryVersion memory = memory_;
  const uint64_t features = negotiated_;
  auto open = [this, index, &setup, memory, features] { return open_queue(index, std::move(setup), memory, features); };
  auto opening = core::run_on(control_, reactor_of(index), open);
  Result<void> result = co_await opening;
  slot.state = result.has_value() ? Slot::State::Running : Slot::State::Stopped;
  co_return result;
}

core::Job<void> Blk::wait_on_queue(uint16_t index, bool (*is_done)(const BlkQueue&), const char* for_what) {
  BlkQueue* const queue = slots_[index]->queue.get();
  const uint64_t start_ns = control_.clock().now_ns();
  uint64_t report_ns = start_ns + wait_report_ns;
  uint64_t wait_ns = wait_ns_min;
  for (;;) {
    struct Look {
      bool is_done;
      uint32_t in_flight_count;
    };
    auto look = [queue, is_done] {
      if (!is_done(*queue)) {
        queue->expedite();
      }
      return Look{is_done(*queue), queue->in_flight_count()};
    };
    auto looking = core::run_on(control_, reactor_of(index), look);
    const Look seen = co_await looking;
    if (seen.is_done) {
      co_return;
    }
    const uint64_t now_ns = control_.clock().now_ns();
    if (now_ns >= report_ns) {
      report_ns = now_ns + wait_report_ns;
      log::warning("virtio", "{} queue {}: {} for {} s; {} requests are still with {}", name_, index, for_what,
                   (now_ns - start_ns) / 1'000'000'000, seen.in_flight_count, block_device_.name());
    }
    auto pause = core::sleep_for(control_, wait_ns);
    co_await pause;
    wait_ns = std::min(wait_ns * 2, wait_ns_max);
  }
}

core::Job<VringBase> Blk::stop_queue(uint16_t index) {
  check(is_queue_running(index), "only running queues are stopped");
  slots_[index]->state = Slot::State::Stopping;
  core::Reactor& reactor = reactor_of(index);
  BlkQueue* const queue = slots_[index]->queue.get();
  auto begin = [queue] {
    queue->begin_stop();
    return true;
  };
  auto beginning = core::run_on(control_, reactor, begin);
  co_await beginning;
  auto draining = wait_on_queue(index, [](const BlkQueue& q) { return q.is_drained(); }, "stopping");
  co_await draining;
  auto close = [this, index] { return close_queue(index); };
  auto closing = core::run_on(control_, reactor, close);
  const VringBase base = co_await closing;
  slots_[index]->state = Slot::State::Stopped;
  co_return base;
}

core::Job<Result<void>> Blk::set_memory(MemoryVersion version) {
  if (version.memory == nullptr) {
    for (uint16_t i = 0; i < slots_.size(); ++i) {
      if (is_queue_running(i)) {
        co_return fail(Code::FailedPrecondition, "{}: queue {} runs and needs memory", name_, i);
      }
    }
    memory_ = {};
    co_return Result<void>();
  }
  // Kept here until every queue has let go: unmapping gigabytes takes long, and no data core shall do it.
  const MemoryVersion before = std::exchange(memory_, version);
  Result<void> result;
  for (uint16_t i = 0; i < slots_.size(); ++i) {
    if (!is_queue_running(i)) {
      continue;
    }
    BlkQueue* const queue = slots_[i]->queue.get();
    auto replace = [queue, version] { return queue->replace_memory(version); };
    auto replacing = core::run_on(control_, reactor_of(i), replace);
    Result<void> replaced = co_await replacing;
    if (!replaced.has_value()) {
      result = std::move(replaced);
    }
  }
  for (uint16_t i = 0; i < slots_.size(); ++i) {
    if (is_queue_running(i)) {
      auto waiting =
          wait_on_queue(i, [](const BlkQueue& q) { return !q.has_old_memory(); }, "waiting to release old memory");
      co_await waiting;
    }
  }
  co_return result;
}

core::Job<void> Blk::sit_out_strikes() {
  if (!strikes_.is_muted.load(std::memory_order_relaxed)) {
    co_return;
  }
  const uint32_t pauses = std::min(strikes_.count.load(std::memory_order_relaxed), strike_pauses_max);
  log::warning("virtio", "{}: its front end made a data core wait, {} times by now; this one waits for {} s", name_,
               strikes_.count.load(std::memory_order_relaxed), pauses * strike_pause_ns / 1'000'000'000);
  auto pause = core::sleep_for(control_, pauses * strike_pause_ns);
  co_await pause;
  strikes_.is_muted.store(false, std::memory_order_relaxed);
}

core::Job<Result<void>> Blk::set_call_fd(uint16_t index, UniqueFd call_fd) {
  if (!is_queue_running(index)) {
    co_return fail(Code::FailedPrecondition, "{}: queue {} is not running", name_, index);
  }
  auto sitting_out = sit_out_strikes();
  co_await sitting_out;
  BlkQueue* const queue = slots_[index]->queue.get();
  auto set = [queue, &call_fd]() -> Result<void> {
    queue->set_call_fd(std::move(call_fd));
    return {};
  };
  auto setting = core::run_on(control_, reactor_of(index), set);
  Result<void> result = co_await setting;
  co_return result;
}

core::Job<Result<void>> Blk::set_kick_fd(uint16_t index, UniqueFd kick_fd) {
  if (!is_queue_running(index)) {
    co_return fail(Code::FailedPrecondition, "{}: queue {} is not running", name_, index);
  }
  BlkQueue* const queue = slots_[index]->queue.get();
  auto set = [queue, &kick_fd] { return queue->set_kick_fd(std::move(kick_fd)); };
  auto setting = core::run_on(control_, reactor_of(index), set);
  Result<void> result = co_await setting;
  co_return result;
}

core::Job<Result<void>> Blk::set_used_log(uint16_t index, UsedLog used_log) {
  if (!is_queue_running(index)) {
    co_return fail(Code::FailedPrecondition, "{}: queue {} is not running", name_, index);
  }
  BlkQueue* const queue = slots_[index]->queue.get();
  auto set = [queue, used_log]() -> Result<void> {
    queue->set_used_log(used_log);
    return {};
  };
  auto setting = core::run_on(control_, reactor_of(index), set);
  Result<void> result = co_await setting;
  co_return result;
}

}  // namespace outrigger::virtio
