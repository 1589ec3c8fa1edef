#include "apply/disk_hooks.h"

#include "apply/counters.h"
#include "apply/qos_limits.h"
#include "base/check.h"
#include "outrigger/v1/device.pb.h"
#include "storage/frontend_virtio_blk.pb.h"

#include <sys/un.h>

#include <algorithm>

namespace outrigger::apply {
namespace {

using opi_api::storage::v1::VirtioBlk;

constexpr uint16_t queue_size_default = 256;
// Queues of a disk whose host says nothing: enough that each data core has one.
constexpr size_t queue_count_default_max = 16;

}  // namespace

DiskHooks::DiskHooks(Cores cores, VolumeTable& volumes, HostTable& hosts, qemu::Plugger& plugger,
                     std::string run_directory)
    : cores_(std::move(cores)),
      volumes_(volumes),
      hosts_(hosts),
      plugger_(plugger),
      run_directory_(std::move(run_directory)) {
  check(!cores_.data.empty(), "there is at least one data core");
}

Disk* DiskHooks::find(std::string_view id) noexcept {
  const auto found = disks_.find(id);
  return found == disks_.end() ? nullptr : found->second.get();
}

Result<DiskSpec> DiskHooks::spec_of(const model::Intent& intent) {
  const auto& wanted = intent.as<VirtioBlk>();
  DiskSpec spec;
  spec.id = intent.id;
  spec.name = intent.name;
  spec.socket_path = run_directory_ + "/" + intent.id + ".sock";
  if (spec.socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(Code::InvalidArgument,
                "{} would be the path of its socket and is too long; shorten daemon.run_directory", spec.socket_path);
  }
  spec.limits = qos_limits(wanted.max_limit());
  spec.queue_size = queue_size_default;
  spec.queue_count = static_cast<uint16_t>(std::min(cores_.data.size(), queue_count_default_max));
  if (intent.options != nullptr) {
    const auto& options = intent.options_as<outrigger::v1::VirtioBlkOptions>();
    spec.is_read_only = options.read_only();
    spec.is_packed = options.packed();
    if (options.queue_size() > 0) {
      spec.queue_size = static_cast<uint16_t>(options.queue_size());
    }
  }
  if (HostTable::Host* const host = hosts_.at_port(wanted.pcie_id().port_id().value())) {
    spec.host_name = host->name;
    spec.host.qmp_socket = host->desired.qmp_socket();
    spec.host.buses.assign(host->desired.buses().begin(), host->desired.buses().end());
    spec.role = host->desired.vhost_socket_role() == outrigger::v1::Host::BACKEND_CONNECTS ? vhost_user::Role::Connect
                                                                                           : vhost_user::Role::Listen;
    if (host->desired.queue_count() > 0) {
      spec.queue_count = static_cast<uint16_t>(host->desired.queue_count());
    }
  }
  if (wanted.max_io_qps() > 0) {  // I/O queue pairs
    spec.queue_count = static_cast<uint16_t>(wanted.max_io_qps());
  }
  return spec;
}

Result<void> DiskHooks::admit(const model::Intent& intent) {
  OR_TRY(spec_of(intent));
  return {};
}

core::Job<Result<void>> DiskHooks::realise(model::Intent intent) {
  Result<DiskSpec> spec = spec_of(intent);
  if (!spec.has_value()) {
    co_return std::unexpected(std::move(spec).error());
  }
  if (Disk* const disk = find(intent.id)) {
    // What a guest sees of a disk changes only while no front end is connected; limits change at once.
    if (disk->is_connected() || disk->offers_the_same(*spec)) {
      co_return disk->update_limits(spec->limits);
    }
    co_await disk->close();
    disks_.erase(intent.id);
  }
  const Result<block::Device*> volume = volumes_.borrow(intent.as<VirtioBlk>().volume_name_ref());
  if (!volume.has_value()) {
    co_return std::unexpected(volume.error());
  }
  const std::string host_name = spec->host_name;
  Result<std::unique_ptr<Disk>> opened = Disk::open(std::move(*spec), **volume, cores_, plugger_);
  if (!opened.has_value()) {
    co_return std::unexpected(std::move(opened).error());
  }
  const std::unique_ptr<Disk>& disk = disks_.emplace(intent.id, std::move(*opened)).first->second;
  HostTable::Host* const host = hosts_.find(id_of(host_name));
  if (host != nullptr) {
    host->devices.insert(intent.name);
  }
  // After a restart the guest has the disk already and its front end comes back by itself; a host that is away now
  // is looked after later. For a new disk the client waits for the whole truth.
  if (!intent.is_restore) {
    const Result<void> plugged = co_await disk->plug();
    if (host != nullptr && !host->desired.qmp_socket().empty()) {
      const bool is_away = !plugged.has_value() && plugged.error().code == Code::Unavailable;
      host->state = is_away ? outrigger::v1::Host::UNREACHABLE : outrigger::v1::Host::REACHABLE;
      host->state_reason = is_away ? plugged.error().what : "";
    }
    if (!plugged.has_value()) {
      co_await disk->close();
      disks_.erase(intent.id);
      if (host != nullptr) {
        host->devices.erase(intent.name);
      }
      co_return with_context(plugged.error(), "cannot plug " + intent.name + " into " + host_name);
    }
  }
  disk->watch_over();
  co_return Result<void>{};
}

core::Job<Result<void>> DiskHooks::withdraw(model::Intent intent) {
  Disk* const disk = find(intent.id);
  check(disk != nullptr, "only realised disks are withdrawn");
  const Result<void> unplugged = co_await disk->unplug();
  if (!unplugged.has_value()) {
    co_return unplugged;
  }
  co_await disk->close();
  if (HostTable::Host* const host = hosts_.find(id_of(disk->spec().host_name))) {
    host->devices.erase(intent.name);
  }
  disks_.erase(intent.id);
  co_return Result<void>{};
}

void DiskHooks::observe(const model::Intent& intent, model::Message& into) {
  static_cast<void>(intent);
  static_cast<void>(into);  // VirtioBlk has no output-only field; what there is to say is in the Device view
}

void DiskHooks::describe(const model::Intent& intent, model::Message& view) {
  Disk* const disk = find(intent.id);
  if (disk == nullptr) {
    return;
  }
  using outrigger::v1::Device;
  auto& device = static_cast<Device&>(view);
  const block::Geometry geometry = disk->device().geometry();
  device.set_host(disk->spec().host_name);
  device.set_socket_path(disk->spec().socket_path);
  device.set_queue_count(disk->spec().queue_count);
  device.set_read_only(disk->spec().is_read_only || !geometry.is_writable);
  device.set_block_size(geometry.block_size);
  device.set_blocks_count(static_cast<int64_t>(geometry.block_count));
  device.set_negotiated_features(disk->negotiated_features());
  if (disk->is_plugged()) {
    device.set_location(qemu::device_id(disk->spec().id));
  }
  if (!disk->is_connected()) {
    device.set_state(Device::WAITING);
    device.set_state_reason(disk->trouble());
  } else {
    device.set_state(disk->is_plugged() ? Device::PLUGGED : Device::CONNECTED);
  }
}

Result<model::VolumeCounters> DiskHooks::stats(const model::Intent& intent) {
  const Disk* const disk = find(intent.id);
  if (disk == nullptr) {
    return fail(Code::Unavailable, "{} is not served at the moment", intent.name);
  }
  return volume_counters(disk->counter_sums());
}

core::Job<void> DiskHooks::close_all() {
  for (auto& [id, disk] : disks_) {
    co_await disk->close();
  }
  disks_.clear();
}

std::vector<const Disk*> DiskHooks::all() const {
  std::vector<const Disk*> all;
  all.reserve(disks_.size());
  for (const auto& [id, disk] : disks_) {
    all.push_back(disk.get());
  }
  return all;
}

}  // namespace outrigger::apply
