// TargetFixture: a virtio-blk device over a memory volume, served by real reactors at a real socket, for
// tests with Frontend. Control on one thread, `data_core_count` data cores.
#pragma once

#include "block/faulty_device.h"
#include "block/memory_device.h"
#include "core/clock.h"
#include "core/reactor.h"
#include "load/driver.h"
#include "load/frontend.h"
#include "vhost_user/server.h"
#include "virtio/blk.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::load {

class TargetFixture : public ::testing::Test {
 protected:
  static constexpr uint64_t device_bytes = 4ULL << 20;
  static constexpr uint16_t queue_count = 4;

  TargetFixture() {
    std::string pattern = (std::filesystem::temp_directory_path() / "outrigger-load-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr, "a test has a directory");
    directory = pattern;
    control = start_reactor("control");
    for (int i = 0; i < 2; ++i) {
      data.push_back(start_reactor("data"));
    }
    auto made = block::MemoryDevice::create("volume", {.block_size = 512, .block_count = device_bytes / 512});
    check(made.has_value(), "a test has a volume");
    memory_device = std::move(*made);
    faulty = std::make_unique<block::FaultyDevice>("faulty", *memory_device, 1);
    blk = std::make_unique<virtio::Blk>("disk", *faulty, *control,
                                        std::vector<core::Reactor*>{data[0].get(), data[1].get()},
                                        virtio::BlkOptions{.queue_count_max = queue_count, .queue_size_max = 1024});
    on_control([this] {
      auto served = vhost_user::Server::create(*control, *blk, {.path = path()}, "disk");
      check(served.has_value(), "a test has a server");
      server = std::move(*served);
    });
  }
  ~TargetFixture() override {
    std::promise<void> stopped;
    control->post([&] { core::spawn(stop_server(server.get(), &stopped)); });
    stopped.get_future().get();
    control->stop();
    for (auto& reactor : data) {
      reactor->stop();
    }
    server.reset();
    blk.reset();
    std::filesystem::remove_all(directory);
  }

  std::unique_ptr<core::Reactor> start_reactor(std::string name) {
    auto made = core::Reactor::create({.name = std::move(name), .idle_spin_ns = 0, .uring_entries = 0}, clock);
    check(made.has_value(), "a test has a reactor");
    (*made)->start();
    return std::move(*made);
  }
  static core::Job<void> stop_server(vhost_user::Server* server, std::promise<void>* stopped) {
    auto stopping = server->stop();
    co_await stopping;
    stopped->set_value();
  }
  template <typename Fn>
  void on_control(Fn fn) {
    std::promise<void> done;
    control->post([&] {
      fn();
      done.set_value();
    });
    done.get_future().get();
  }
  [[nodiscard]] std::string path() const { return (directory / "disk.sock").string(); }
  static WorkloadOptions options() {
    return {.depth = 16, .queue_count = 1, .write_percent = 50, .is_verifying = true, .seconds = 0.05};
  }

  core::MonotonicClock clock;
  std::filesystem::path directory;
  std::unique_ptr<core::Reactor> control;
  std::vector<std::unique_ptr<core::Reactor>> data;
  std::unique_ptr<block::MemoryDevice> memory_device;
  std::unique_ptr<block::FaultyDevice> faulty;
  std::unique_ptr<virtio::Blk> blk;
  std::unique_ptr<vhost_user::Server> server;
};

// One front end with one ring, driven step by step.
template <typename Ring>
struct OneRing {
  // What a back end must know to go on where its predecessor stopped.
  struct Kick {
    OneRing* owner;
    void operator()(uint16_t queue) const noexcept { owner->frontend->kick(queue); }
  };

  OneRing(const std::string& path, const WorkloadOptions& workload, uint64_t block_count) : options(workload) {
    frontend.emplace(must(Frontend::connect(path, wanted_features(options))));
    const QueueLayout layout = layout_of(options, frontend->features());
    memory = must(SharedMemory::create(layout.memory_bytes()));
    rings.push_back(std::make_unique<Ring>(*memory, layout));
    driver = std::make_unique<Driver<Ring, Kick>>(rings, options, block_count, Kick{this});
  }
  // From the memory table to the running ring, from `base`.
  void start(uint32_t base) {
    must(frontend->share(*memory));
    const Ring& ring = *rings[0];
    must(frontend->start_ring(0, *memory,
                              {.size = ring.layout().size,
                               .descriptors = ring.descriptors(),
                               .driver_area = ring.driver_area(),
                               .device_area = ring.device_area(),
                               .base = base}));
  }
  // A new back end at `path` goes on with the in-flight region that the one before left.
  void reconnect(const std::string& path) {
    Frontend next = must(Frontend::connect(path, wanted_features(options)));
    must(next.set_inflight(*frontend));
    frontend.emplace(std::move(next));
    start(rings[0]->base());
    frontend->kick(0);
  }
  template <typename T>
  static T must(Result<T> result) {
    if (!result.has_value()) {
      ADD_FAILURE() << result.error().what;
      std::abort();
    }
    if constexpr (!std::is_void_v<T>) {
      return std::move(*result);
    }
  }

  WorkloadOptions options;
  std::optional<Frontend> frontend;
  std::unique_ptr<SharedMemory> memory;
  std::vector<std::unique_ptr<Ring>> rings;
  std::unique_ptr<Driver<Ring, Kick>> driver;
};

}  // namespace outrigger::load
