#include "apply/disk_hooks.h"

#include "apply/counters.h"
#include "apply/qos_limits.h"
#include "base/check.h"
#include "base/log.h"
#include "core/join.h"
#include "outrigger/v1/device.pb.h"
#include "storage/frontend_virtio_blk.pb.h"

#include <sys/un.h>

#include <algorithm>

namespace outrigger::apply {
namespace {

using opi_api::storage::v1::VirtioBlk;

constexpr uint16_t queue_size_default = 256;
// How long a Delete waits for what is in flight.
constexpr uint64_t delete_ns_max = 5'000'000'000;

DiskWorld make_world(Cores cores, HostTable& hosts, qemu::Plugger& plugger, const DiskPlaces& places) {
  check(!cores.data.empty(), "there is at least one data core");
  CoreShares shares(cores.data.size());
  return {.cores = std::move(cores),
          .hosts = hosts,
          .plugger = plugger,
          .offers = OfferFolder(places.offers),
          .shares = std::move(shares)};
}

}  // namespace

DiskHooks::DiskHooks(Cores cores, VolumeTable& volumes, HostTable& hosts, qemu::Plugger& plugger, DiskPlaces places)
    : world_(make_world(std::move(cores), hosts, plugger, places)), volumes_(volumes), places_(std::move(places)) {
  hosts.watch([this](int32_t port_id) {
    for (auto& [id, disk] : disks_) {
      if (disk->spec().port_id == port_id) {
        disk->look_soon();
      }
    }
  });
}

DiskHooks::~DiskHooks() { world_.hosts.watch({}); }

Disk* DiskHooks::find(std::string_view id) noexcept {
  const auto found = disks_.find(id);
  return found == disks_.end() ? nullptr : found->second.get();
}

Result<DiskSpec> DiskHooks::spec_of(const model::Intent& intent) const {
  const auto& wanted = intent.as<VirtioBlk>();
  DiskSpec spec;
  spec.id = intent.id;
  spec.name = intent.name;
  spec.socket_path = places_.run + "/" + intent.id + ".sock";
  spec.socket_mode = places_.socket_mode;
  spec.socket_group = places_.socket_group;
  if (spec.socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(Code::InvalidArgument,
                "{} would be the path of its socket and is too long; shorten daemon.run_directory", spec.socket_path);
  }
  spec.limits = qos_limits(wanted.max_limit());
  spec.port_id = wanted.pcie_id().port_id().value();
  spec.queue_count = static_cast<uint16_t>(wanted.max_io_qps());  // I/O queue pairs
  spec.queue_size = queue_size_default;
  if (intent.options != nullptr) {
    const auto& options = intent.options_as<outrigger::v1::VirtioBlkOptions>();
    spec.is_read_only = options.read_only();
    spec.is_packed = options.packed();
    if (options.queue_size() > 0) {
      spec.queue_size = static_cast<uint16_t>(options.queue_size());
    }
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
    auto changing = disk->change(std::move(*spec));
    Result<void> changed = co_await changing;
    if (changed.has_value()) {
      log::info("apply", "{}: changed", intent.name);
    }
    co_return changed.has_value() ? changed : with_context(std::move(changed).error(), intent.name);
  }
  auto making = make(std::move(intent), std::move(*spec));
  Result<void> made = co_await making;
  co_return made;
}

core::Job<Result<void>> DiskHooks::make(model::Intent intent, DiskSpec spec) {
  const Result<block::Device*> volume = volumes_.borrow(intent.as<VirtioBlk>().volume_name_ref());
  if (!volume.has_value()) {
    co_return std::unexpected(volume.error());
  }
  const int32_t port_id = spec.port_id;
  Result<std::unique_ptr<Disk>> made = Disk::create(std::move(spec), **volume, world_, intent.is_restore);
  if (!made.has_value()) {
    co_return std::unexpected(std::move(made).error());
  }
  Disk* const disk = disks_.emplace(intent.id, std::move(*made)).first->second.get();
  world_.hosts.attach(port_id, intent.name);
  // After a restart the guest has the disk already and its front end comes back by itself; a host that is away now
  // is looked after later. For a new disk the client waits for the whole truth.
  if (!intent.is_restore) {
    auto plugging = disk->plug();
    const Result<void> plugged = co_await plugging;
    if (!plugged.has_value()) {
      const HostTable::Host* const host = world_.hosts.at_port(port_id);
      const std::string context =
          fmt::format("cannot plug {} into {}", intent.name, host != nullptr ? host->name : "its host");
      auto erasing = erase(disk);
      co_await erasing;
      co_return with_context(plugged.error(), context);
    }
  }
  log::info("apply", "{}: disk of {}, {} queues, served at {}", intent.name, (*volume)->name(),
            disk->offer().queue_count, disk->spec().socket_path);
  disk->watch_over();
  co_return Result<void>{};
}

// Nothing of it is left afterwards.
core::Job<void> DiskHooks::erase(Disk* disk) {
  auto closing = disk->close();
  co_await closing;
  const DiskSpec spec = disk->spec();
  world_.hosts.detach(spec.port_id, spec.name);
  world_.offers.remove(spec.id);
  disks_.erase(spec.id);
}

core::Job<Result<void>> DiskHooks::withdraw(model::Intent intent) {
  Disk* const disk = find(intent.id);
  if (disk == nullptr) {
    co_return Result<void>{};
  }
  // The watch must not plug it in again behind the unplug.
  auto ending = disk->stop_watching();
  co_await ending;
  auto unplugging = disk->unplug();
  Result<void> unplugged = co_await unplugging;
  if (!unplugged.has_value()) {
    disk->watch_over();
    co_return unplugged;
  }
  auto closing = disk->close_within(delete_ns_max);
  const bool is_closed = co_await closing;
  if (!is_closed) {
    disk->watch_over();
    co_return fail(Code::Unavailable,
                   "{}: requests of its guest still wait for {}, which does not answer; delete it again when that is "
                   "back, or make the requests fail (fast_io_fail_ms of a remote controller)",
                   intent.name, intent.as<VirtioBlk>().volume_name_ref());
  }
  auto erasing = erase(disk);
  co_await erasing;
  log::info("apply", "{}: deleted", intent.name);
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
  if (const HostTable::Host* const host = world_.hosts.at_port(disk->spec().port_id)) {
    device.set_host(host->name);
  }
  device.set_socket_path(disk->spec().socket_path);
  device.set_queue_count(disk->offer().queue_count);
  device.set_read_only(disk->offer().is_read_only || !geometry.is_writable);
  device.set_block_size(geometry.block_size);
  device.set_blocks_count(static_cast<int64_t>(geometry.block_count));
  device.set_negotiated_features(disk->negotiated_features());
  if (disk->is_plugged()) {
    device.set_location(qemu::device_id(disk->spec().id));
  }
  device.set_state_reason(disk->trouble());
  if (!disk->is_served()) {
    device.set_state(Device::FAILED);
  } else if (!disk->is_connected()) {
    device.set_state(Device::WAITING);
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

// All at once: each waits for its requests in flight, and a service manager does not wait for their sum.
core::Job<void> DiskHooks::close_all() {
  std::vector<core::Job<void>> closing;
  for (auto& [id, disk] : disks_) {
    closing.push_back(disk->close());
  }
  core::Job<void> all_closing = core::join(std::move(closing));
  co_await all_closing;
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
