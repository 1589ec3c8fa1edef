// For tests: a remote controller on a simulation, with fake paths, channels and requests. Reactor 0 is control, the
// others are data cores.
#pragma once

#include "block/test_rig.h"
#include "core/kept_job.h"
#include "core/sim.h"
#include "nvme_host/remote_controller.h"
#include "nvme_host/remote_rig.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace outrigger::nvme_host {

inline constexpr uint64_t millisecond = 1'000'000;
inline constexpr uint64_t second = 1'000'000'000;

class RemoteTestBench : public RemoteControllerObserver {
 public:
  explicit RemoteTestBench(RemoteOptions options = {}, uint32_t core_count = 1, uint64_t seed = 1,
                           uint64_t block_count = 4096)
      : sim({.seed = seed, .reactor_count = core_count + 1}), storage(512, block_count) {
    log::set_level(log::Level::Error);  // lost paths are what these tests are about
    for (uint32_t i = 0; i < core_count; ++i) {
      cores.push_back(&sim.reactor(i + 1));
    }
    for (uint32_t i = 0; i <= core_count; ++i) {
      sim.reactor(i).run_turn();
    }
    options.name = "remote0";
    remote = std::make_unique<RemoteController>(sim.reactor(0), cores, options, *this,
                                                [this](PathOptions path) { return make_path(std::move(path)); });
  }
  ~RemoteTestBench() override {
    channels.clear();
    stop();
    remote.reset();
  }

  void namespace_added(RemoteNamespace& device) override { added.push_back(&device); }
  void namespace_removed(RemoteNamespace& device) override { removed.push_back(&device); }

  // A path, still down.
  FakePath& add_path(const std::string& name, PathOptions options = {}) {
    options.name = name;
    const auto result = remote->add_path(std::move(options));
    check(result.has_value(), "a test's path can be added");
    return *paths.back();
  }
  FakePath& add_live_path(const std::string& name) {
    FakePath& path = add_path(name);
    path.come_up();
    turn();
    return path;
  }
  block::Channel& open(RemoteNamespace& device, size_t core = 0) {
    auto opened = device.open_channel(*cores[core]);
    check(opened.has_value(), "a test's channel can be opened");
    channels.push_back(std::move(*opened));
    return *channels.back();
  }
  block::Channel& open_first() { return open(*added.front()); }

  // Everything that can be done now is done.
  void turn() { sim.run_for(0); }
  bool finish(block::TestIo& io) {
    return sim.run_until([&] { return io.is_done(); });
  }
  block::Status run(block::Channel& channel, block::TestIo& io) {
    io.submit(channel);
    EXPECT_TRUE(finish(io)) << "a request never came back";
    return io.status();
  }
  Result<void> remove(const std::string& name) {
    std::optional<Result<void>> result;
    core::spawn(core::keep(remote->remove_path(name), &result));
    EXPECT_TRUE(sim.run_until([&] { return result.has_value(); }));
    return *result;
  }
  void stop() {
    bool is_stopped = false;
    core::spawn(core::keep(remote->stop(), &is_stopped));
    check(sim.run_until([&] { return is_stopped; }), "a remote controller stops");
  }

  core::Simulation sim;
  FakeStorage storage;
  std::vector<core::Reactor*> cores;
  std::vector<FakePath*> paths;  // the controller's
  std::vector<RemoteNamespace*> added;
  std::vector<RemoteNamespace*> removed;
  std::vector<std::unique_ptr<block::Channel>> channels;
  std::unique_ptr<RemoteController> remote;

 private:
  std::unique_ptr<Path> make_path(PathOptions options) {
    auto path = std::make_unique<FakePath>(std::move(options), cores, storage, 100 + paths.size());
    paths.push_back(path.get());
    return path;
  }
};

}  // namespace outrigger::nvme_host
