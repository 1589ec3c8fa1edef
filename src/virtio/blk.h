// Blk: a virtio-blk device (virtio 1.2, §5.2) over a block device. It belongs to the control reactor; its queues are
// spread over the data cores it was given, each with a block channel of its own core, shared by the device's queues
// there.
#pragma once

#include "virtio/blk_config.h"
#include "virtio/blk_queue.h"
#include "virtio/device.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::virtio {

class Blk final : public Device, private block::DeviceObserver {
 public:
  // `block_device`, `control` and `data` (at least one reactor with a thread) outlive the device. `name` is for logs.
  Blk(std::string name, block::Device& block_device, core::Reactor& control, std::vector<core::Reactor*> data,
      BlkOptions options);
  // All queues are stopped.
  ~Blk() override;

  [[nodiscard]] uint32_t device_id() const noexcept override { return blk_device_id; }
  [[nodiscard]] uint64_t features() const noexcept override { return features_; }
  [[nodiscard]] uint16_t queue_count_max() const noexcept override { return options_.queue_count_max; }
  [[nodiscard]] uint16_t queue_size_max() const noexcept override { return options_.queue_size_max; }
  void forget_driver() override;
  void set_features(uint64_t negotiated) override;
  void read_config(uint32_t offset, std::span<std::byte> out) const override;
  // Only `writeback` can be written, with 0 or 1, when the driver negotiated CONFIG_WCE.
  Result<void> write_config(uint32_t offset, std::span<const std::byte> data) override;
  // The cache mode that the driver chose.
  [[nodiscard]] std::byte choice() const noexcept override { return static_cast<std::byte>(choice_); }
  void restore_choice(std::optional<std::byte> choice) override;
  core::Job<Result<void>> set_memory(MemoryVersion version) override;
  core::Job<Result<void>> start_queue(uint16_t index, QueueSetup setup) override;
  core::Job<VringBase> stop_queue(uint16_t index) override;
  core::Job<Result<void>> set_call_fd(uint16_t index, UniqueFd call_fd) override;
  core::Job<Result<void>> set_kick_fd(uint16_t index, UniqueFd kick_fd) override;
  core::Job<Result<void>> set_used_log(uint16_t index, UsedLog used_log) override;
  [[nodiscard]] bool is_queue_running(uint16_t index) const noexcept override;
  void set_config_listener(ConfigListener* listener) override { listener_ = listener; }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] block::Device& block_device() const noexcept { return block_device_; }
  // What queue `index` did over all its starts. Any thread, as long as the device lives.
  [[nodiscard]] const QueueCounters& queue_counters(uint16_t index) const noexcept { return slots_[index]->counters; }
  // The reactor that serves queue `index`.
  [[nodiscard]] core::Reactor& reactor_of(uint16_t index) const noexcept;

 private:
  // The device's way to the block device on one core. Touched on that core only.
  struct Core {
    core::Reactor* reactor = nullptr;
    std::unique_ptr<block::Channel> channel;
    uint32_t queue_count = 0;  // that use the channel
    log::Limiter limiter;      // of what guests and front ends can cause there
  };
  struct Slot {
    QueueCounters counters;
    std::unique_ptr<BlkQueue> queue;  // touched on its core only
    enum class State : uint8_t { Stopped, Starting, Running, Stopping } state = State::Stopped;  // control's view
  };

  void device_resized(block::Device& device) override;
  void settle_cache_mode() noexcept;
  [[nodiscard]] Core& core_of(uint16_t index) const noexcept;
  [[nodiscard]] std::string queue_name(uint16_t index) const;
  // On the queue's core.
  Result<void> open_queue(uint16_t index, QueueSetup setup, MemoryVersion memory, uint64_t features);
  VringBase close_queue(uint16_t index);
  // Lets a front end wait that made a core wait; then its descriptors are written to again.
  core::Job<void> sit_out_strikes();
  // Waits until `is_done` holds on the queue's core; says every few seconds what it waits for.
  core::Job<void> wait_on_queue(uint16_t index, bool (*is_done)(const BlkQueue&), const char* for_what);

  std::string name_;
  block::Device& block_device_;
  core::Reactor& control_;
  BlkOptions options_;
  BlkLimits limits_;
  uint64_t features_;
  uint64_t negotiated_ = 0;
  // Outlives changes of features: QEMU shows its guests what was written here last, over their resets (§5.2.5 allows
  // either mode after a reset).
  enum class CacheChoice : uint8_t { None, Writethrough, Writeback } choice_ = CacheChoice::None;
  bool is_writeback_ = true;  // the configuration field
  std::atomic<bool> is_writethrough_{true};  // what queues go by; read on their cores
  MemoryVersion memory_;
  Strikes strikes_;
  ConfigListener* listener_ = nullptr;
  std::vector<std::unique_ptr<Core>> cores_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace outrigger::virtio
