// RecordingDevice: a virtio::Device for tests that notes what a session asks of it and does what it is told
// to. Single-threaded; everything ends at once unless `holds_stops` is set.
#pragma once

#include "base/check.h"
#include "virtio/device.h"
#include "virtio/guest_memory.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace outrigger::vhost_user {

class RecordingDevice final : public virtio::Device {
 public:
  static constexpr uint64_t all_features =
      (1ULL << 32) | (1ULL << 34) | (1ULL << 29) | (1ULL << 28) | (1ULL << 12);

  explicit RecordingDevice(uint16_t queue_count = 4) : queues(queue_count) {
    for (size_t i = 0; i < config.size(); ++i) {
      config[i] = static_cast<std::byte>(i + 1);
    }
  }

  [[nodiscard]] uint32_t device_id() const noexcept override { return 2; }
  [[nodiscard]] uint64_t features() const noexcept override { return all_features; }
  [[nodiscard]] uint16_t queue_count_max() const noexcept override {
    return static_cast<uint16_t>(queues.size());
  }
  [[nodiscard]] uint16_t queue_size_max() const noexcept override { return 1024; }

  void set_features(uint64_t value) override {
    negotiated = value;
    note(fmt::format("features {:#x}", value));
  }
  void forget_driver() override {
    negotiated = 0;
    kept_choice = std::byte{0};
  }
  [[nodiscard]] std::byte choice() const noexcept override { return kept_choice; }
  void restore_choice(std::optional<std::byte> value) override {
    is_choice_unknown = !value.has_value();
    kept_choice = value.value_or(std::byte{1});
  }
  void read_config(uint32_t offset, std::span<std::byte> out) const override {
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = offset + i < config.size() ? config[offset + i] : std::byte{0};
    }
  }
  Result<void> write_config(uint32_t offset, std::span<const std::byte> data) override {
    note(fmt::format("write_config {}+{}", offset, data.size()));
    if (offset != 32 || data.size() != 1) {
      return fail(Code::InvalidArgument, "only the byte at 32 can be written");
    }
    config[offset] = data[0];
    kept_choice = data[0] == std::byte{0} ? std::byte{1} : std::byte{2};
    return {};
  }

  core::Job<Result<void>> set_memory(virtio::MemoryVersion version) override {
    note(version.memory == nullptr ? "no memory"
                                   : fmt::format("memory of {}{}", version.memory->regions().size(),
                                                 version.dirty_log != nullptr ? " logged" : ""));
    if (refuses_memory) {
      co_return fail(Code::ResourceExhausted, "told to refuse memory");
    }
    memory = std::move(version);
    co_return Result<void>();
  }
  core::Job<Result<void>> start_queue(uint16_t index, virtio::QueueSetup setup) override {
    check(!queues[index].is_running, "a session starts a queue once");
    check(memory.memory != nullptr, "a queue needs memory");
    note(fmt::format("start {} at {}", index, setup.base.value));
    if (refuses_start) {
      co_return fail(Code::ResourceExhausted, "told to refuse");
    }
    queues[index].is_running = true;
    queues[index].base = setup.base;
    queues[index].setup = std::move(setup);
    co_return Result<void>();
  }
  core::Job<virtio::VringBase> stop_queue(uint16_t index) override {
    check(queues[index].is_running, "a session stops what runs");
    note(fmt::format("stop {}", index));
    if (holds_stops) {
      auto& released = held_stop.emplace();
      co_await released;
    }
    queues[index].is_running = false;
    co_return queues[index].base;
  }
  core::Job<Result<void>> set_call_fd(uint16_t index, UniqueFd fd) override {
    note(fmt::format("call {}{}", index, fd.is_open() ? "" : " closed"));
    queues[index].setup.call_fd = std::move(fd);
    co_return Result<void>();
  }
  core::Job<Result<void>> set_kick_fd(uint16_t index, UniqueFd fd) override {
    note(fmt::format("kick {}{}", index, fd.is_open() ? "" : " closed"));
    queues[index].setup.kick_fd = std::move(fd);
    co_return Result<void>();
  }
  core::Job<Result<void>> set_used_log(uint16_t index, virtio::UsedLog used_log) override {
    note(fmt::format("used log {}{}", index, used_log.is_wanted ? "" : " off"));
    queues[index].setup.used_log = used_log;
    co_return Result<void>();
  }
  [[nodiscard]] bool is_queue_running(uint16_t index) const noexcept override {
    return queues[index].is_running;
  }
  void set_config_listener(ConfigListener* value) override { listener = value; }

  void note(std::string what) { journal.push_back(std::move(what)); }
  // What happened since the last call.
  std::vector<std::string> take_journal() { return std::exchange(journal, {}); }

  struct Queue {
    bool is_running = false;
    virtio::VringBase base;  // what stop_queue() gives
    virtio::QueueSetup setup;
  };
  std::vector<Queue> queues;
  std::array<std::byte, 60> config{};
  uint64_t negotiated = 0;
  std::byte kept_choice{0};
  bool is_choice_unknown = false;  // the last restore_choice() was one without
  virtio::MemoryVersion memory;
  ConfigListener* listener = nullptr;
  bool refuses_start = false;
  bool refuses_memory = false;
  bool holds_stops = false;
  std::optional<core::Event<std::monostate>> held_stop;
  std::vector<std::string> journal;
};

}  // namespace outrigger::vhost_user
