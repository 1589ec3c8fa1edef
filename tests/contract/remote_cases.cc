// Namespaces of somebody's subsystem over fake paths: what multipathing does with requests is held to the same
// contract.
#include "contract/device_case.h"
#include "core/job.h"
#include "nvme_host/remote_controller.h"
#include "nvme_host/remote_rig.h"

#include <string>
#include <utility>

namespace outrigger::contract {
namespace {

using nvme_host::FakePath;
using nvme_host::FakeStorage;
using nvme_host::Path;
using nvme_host::PathOptions;
using nvme_host::PathSelection;
using nvme_host::RemoteController;
using nvme_host::RemoteNamespace;

struct Shape {
  const char* name;
  uint32_t block_bytes;
  uint32_t path_count;
  PathSelection selection;
  // Of the last path; the device promises more, so that requests are cut. 0: as the others.
  uint32_t last_transfer_bytes_max;
};

// A subsystem, its paths and the controller over them. Control is a reactor of its own that turns when it is needed.
class Fabric final : public nvme_host::RemoteControllerObserver {
 public:
  Fabric(const Shape& shape, const core::Clock& clock, std::vector<core::Reactor*> cores, uint64_t seed)
      : cores_(std::move(cores)), storage_(shape.block_bytes, (2U << 20) / shape.block_bytes), seed_(seed) {
    auto made = core::Reactor::create({.name = "control", .uring_entries = 0}, clock);
    check(made.has_value(), "a test's machine can make a reactor");
    control_ = std::move(*made);
    nvme_host::RemoteOptions options;
    options.name = "remote";
    options.selection = shape.selection;
    options.channel_slots = 8;  // fewer than requests
    remote_ = std::make_unique<RemoteController>(*control_, cores_, options, *this,
                                                 [this](PathOptions path) { return make_path(std::move(path)); });
    for (uint32_t i = 0; i < shape.path_count; ++i) {
      add_path(shape, i);
    }
  }
  ~Fabric() override {
    bool is_stopped = false;
    core::spawn(stop(is_stopped));
    while (!is_stopped) {
      control_->run_turn();
      for (core::Reactor* const core : cores_) {
        core->run_turn();
      }
    }
    remote_.reset();
  }
  Fabric(const Fabric&) = delete;
  Fabric& operator=(const Fabric&) = delete;

  [[nodiscard]] RemoteNamespace& device() noexcept { return *device_; }
  void resize(uint64_t block_count) {
    storage_.resize(block_count);
    for (FakePath* const path : paths_) {
      path->shown()[0].block_count = block_count;
      path->change_namespaces();
    }
  }

 private:
  void namespace_added(RemoteNamespace& added) override { device_ = &added; }
  void namespace_removed(RemoteNamespace&) override {}

  std::unique_ptr<Path> make_path(PathOptions options) {
    auto path = std::make_unique<FakePath>(std::move(options), cores_, storage_, seed_ * 100 + paths_.size());
    paths_.push_back(path.get());
    return path;
  }
  void add_path(const Shape& shape, uint32_t index) {
    PathOptions options;
    options.name = std::to_string(index);
    options.queue_entries = 6;
    const auto added = remote_->add_path(std::move(options));
    check(added.has_value(), "a test's path can be added");
    FakePath& path = *paths_.back();
    path.delay_ns_max = 20'000;
    if (index + 1 == shape.path_count) {
      path.mutable_controller().transfer_bytes_max = shape.last_transfer_bytes_max;
    }
    path.come_up();
  }
  core::Job<void> stop(bool& is_stopped) {
    auto stopping = remote_->stop();
    co_await std::move(stopping);
    is_stopped = true;
  }

  std::unique_ptr<core::Reactor> control_;
  std::vector<core::Reactor*> cores_;
  FakeStorage storage_;
  uint64_t seed_;
  std::vector<FakePath*> paths_;
  std::unique_ptr<RemoteController> remote_;
  RemoteNamespace* device_ = nullptr;
};

}  // namespace

void add_remote_cases(std::vector<DeviceCase>& cases) {
  for (const Shape& shape : {Shape{"remote_one_path", 512, 1, PathSelection::ActivePassive, 0},
                             Shape{"remote_round_robin", 4096, 3, PathSelection::RoundRobin, 0},
                             Shape{"remote_cut", 512, 2, PathSelection::QueueDepth, 4096},
                             Shape{"remote_latency", 512, 2, PathSelection::Latency, 0}}) {
    DeviceCase& made = cases.emplace_back();
    made.name = shape.name;
    made.make_on = [shape](const core::Clock& clock, uint64_t seed,
                           const std::vector<core::Reactor*>& cores) -> Result<DeviceStack> {
      DeviceStack stack;
      auto fabric = std::make_unique<Fabric>(shape, clock, cores, seed);
      stack.lend(fabric->device());
      Fabric* const borrowed = fabric.get();
      stack.resize = [borrowed](uint64_t block_count) {
        borrowed->resize(block_count);
        return Result<void>();
      };
      stack.clean_up = [owned = std::shared_ptr<Fabric>(std::move(fabric))]() mutable { owned.reset(); };
      return stack;
    };
  }
}

}  // namespace outrigger::contract
