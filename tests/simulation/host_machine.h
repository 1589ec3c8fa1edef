// HostMachine: the host of a simulation: a remote controller with one real path to each port of the target, and a
// channel on every data core to each namespace that came.
#pragma once

#include "core/sim.h"
#include "nvme_host/remote_controller.h"
#include "nvme_host/tcp_path.h"
#include "simulation/network.h"
#include "simulation/target_machine.h"

#include <array>
#include <memory>
#include <vector>

namespace outrigger::simulation {

class HostMachine final : private nvme_host::RemoteControllerObserver {
 public:
  // `cores`: the first is control. All borrowed.
  HostMachine(Network& network, std::vector<core::Reactor*> cores, nvme_host::RemoteOptions options);
  // is_stopped().
  ~HostMachine() override;
  HostMachine(const HostMachine&) = delete;
  HostMachine& operator=(const HostMachine&) = delete;

  void add_path(const nvme_host::PathOptions& options);
  void reset() { remote_->reset(); }
  [[nodiscard]] bool has_failed_path() const;
  [[nodiscard]] bool is_live() const;
  [[nodiscard]] std::vector<nvme_host::PathStatistics> statistics() const { return remote_->path_statistics(); }

  [[nodiscard]] size_t core_count() const noexcept { return data_cores_.size(); }
  // nullptr: it was never there. Goes on failing requests when it is gone.
  [[nodiscard]] block::Channel* channel(uint32_t nsid, size_t core) const noexcept;
  [[nodiscard]] const nvme_host::RemoteNamespace* device(uint32_t nsid) const noexcept { return devices_[nsid - 1]; }

  // No request is under way.
  void stop();
  [[nodiscard]] bool is_stopped() const noexcept { return is_stopped_; }

 private:
  void namespace_added(nvme_host::RemoteNamespace& added) override;
  void namespace_removed(nvme_host::RemoteNamespace&) override {}
  static core::Job<void> stop_job(HostMachine* self);

  Network& network_;
  core::Reactor& control_;
  const std::vector<core::Reactor*> data_cores_;
  std::unique_ptr<nvme_host::RemoteController> remote_;
  std::array<nvme_host::RemoteNamespace*, namespace_count> devices_{};
  std::array<std::vector<std::unique_ptr<block::Channel>>, namespace_count> channels_;
  bool is_stopped_ = false;
};

}  // namespace outrigger::simulation
