#include "apply/nvme_tcp_plane.h"

#include "base/check.h"
#include "nvme_tcp/target.h"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>

namespace outrigger::apply {
namespace {

class TcpListener final : public NvmeListener {
 public:
  TcpListener(nvme::Directory& directory, std::unique_ptr<nvme_tcp::Target> target)
      : directory_(directory), target_(std::move(target)) {}
  const nvme::Port& port() const noexcept override { return target_->port(); }
  void require_tls(bool is_required) override {
    const Result<void> done = target_->require_tls(is_required);
    check(done.has_value(), "our targets have keys");
    directory_.port_changed(port());
  }
  core::Job<void> close() override { return target_->close(); }

 private:
  nvme::Directory& directory_;
  std::unique_ptr<nvme_tcp::Target> target_;
};

// As much as the process may have descriptors and the machine has memory, but for others' part.
nvme_tcp::AdmissionOptions admission_options(const NvmeTcpLimits& limits) {
  nvme_tcp::AdmissionOptions options;
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
    options.connections_max = nvme_tcp::connections_for(descriptors.rlim_cur);
  }
  const uint64_t machine_bytes =
      static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  options.memory_bytes_max =
      limits.memory_bytes_max != 0 ? limits.memory_bytes_max : machine_bytes / nvme_tcp::machine_memory_divisor;
  options.memory_bytes_per_network_max = limits.memory_bytes_per_network_max != 0
                                             ? limits.memory_bytes_per_network_max
                                             : options.memory_bytes_max / nvme_tcp::memory_share_divisor;
  return options;
}

}  // namespace

NvmeTcpPlane::NvmeTcpPlane(const Cores& cores, const std::string& state, const NvmeTcpLimits& limits)
    : reservations_(state + "/reservations"),
      health_(state + "/health"),
      directory_(cores.control, cores.data),
      groups_(cores.control, cores.data),
      admission_(admission_options(limits)),
      connections_per_address_max_(limits.connections_per_address_max) {
  directory_.limit_discovery_controllers(limits.discovery_controllers_per_address_max,
                                         nvme_tcp::discovery_controllers_for(admission_.memory_bytes_max()));
}

Result<std::unique_ptr<nvme::Subsystem>> NvmeTcpPlane::make_subsystem(nvme::SubsystemOptions options) {
  options.reservation_store = &reservations_;
  return nvme::Subsystem::create(directory_, std::move(options));
}

std::unique_ptr<HealthFile> NvmeTcpPlane::health_file(const std::string& id) {
  return std::make_unique<HealthFile>(health_, id);
}

Result<void> NvmeTcpPlane::forget_reservation(const std::array<uint8_t, 16>& namespace_uuid) {
  return reservations_.save(namespace_uuid, {});
}

Result<std::unique_ptr<NvmeListener>> NvmeTcpPlane::listen(nvme::Port port) {
  nvme_tcp::TargetOptions options;
  options.address = port.traddr;
  options.port_id = port.id;
  options.requires_tls = port.requires_tls;
  options.keys = &desk_;
  options.turns = &directory_.authentication_turns();
  options.admission = &admission_;
  options.connections_per_peer_max = connections_per_address_max_;
  const auto [end, error] =
      std::from_chars(port.trsvcid.data(), port.trsvcid.data() + port.trsvcid.size(), options.tcp_port);
  check(error == std::errc{}, "the model has seen that it is a TCP port");
  OR_ASSIGN(std::unique_ptr<nvme_tcp::Target> target, nvme_tcp::Target::listen(groups_, desk_, std::move(options)));
  return std::make_unique<TcpListener>(directory_, std::move(target));
}

}  // namespace outrigger::apply
