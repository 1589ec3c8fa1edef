#include "simulation/host_machine.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace outrigger::simulation {

using nvme_host::PathState;

HostMachine::HostMachine(Network& network, std::vector<core::Reactor*> cores, nvme_host::RemoteOptions options)
    : network_(network), control_(*cores.front()), data_cores_(cores.begin() + 1, cores.end()) {
  options.name = "remote";
  const nvme_host::BeginConnect connect = [this](const nvme_host::TcpAddress& address, uint32_t user_timeout_ms) {
    return network_.connect(address.trsvcid, user_timeout_ms);
  };
  nvme_host::RemoteControllerObserver& observer = *this;
  remote_ = std::make_unique<nvme_host::RemoteController>(
      control_, data_cores_, std::move(options), observer, [this, connect](nvme_host::PathOptions path) {
        return std::make_unique<nvme_host::TcpPath>(control_, data_cores_, std::move(path), connect);
      });
}

HostMachine::~HostMachine() { check(is_stopped_, "a host machine goes when it has been stopped"); }

void HostMachine::add_path(const nvme_host::PathOptions& options) {
  const auto added = remote_->add_path(options);
  check(added.has_value(), "a simulation adds a path");
}

bool HostMachine::has_failed_path() const {
  return std::ranges::any_of(statistics(), [](const auto& path) { return path.status.state == PathState::Failed; });
}

bool HostMachine::is_live() const {
  return std::ranges::all_of(statistics(), [](const auto& path) { return path.status.state == PathState::Live; }) &&
         std::ranges::all_of(devices_, [](const auto* device) { return device != nullptr && device->is_present(); });
}

block::Channel* HostMachine::channel(uint32_t nsid, size_t core) const noexcept {
  const auto& channels = channels_[nsid - 1];
  return core < channels.size() ? channels[core].get() : nullptr;
}

void HostMachine::namespace_added(nvme_host::RemoteNamespace& added) {
  const size_t index = added.nsid() - 1;
  if (devices_[index] != nullptr) {
    check(devices_[index] == &added, "a namespace that comes back is the same device");
    return;
  }
  devices_[index] = &added;
  for (core::Reactor* const core : data_cores_) {
    auto opened = added.open_channel(*core);
    check(opened.has_value(), "a simulation opens a channel");
    channels_[index].push_back(std::move(*opened));
  }
}

void HostMachine::stop() {
  for (auto& channels : channels_) {
    channels.clear();
  }
  core::spawn(stop_job(this));
}

core::Job<void> HostMachine::stop_job(HostMachine* self) {
  auto stopping = self->remote_->stop();
  co_await stopping;
  self->is_stopped_ = true;
}

}  // namespace outrigger::simulation
