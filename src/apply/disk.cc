#include "apply/disk.h"

#include "base/check.h"
#include "base/log.h"

#include <algorithm>

namespace outrigger::apply {
namespace {

// The virtio-blk levels above the limits: one for the queue's own request.
constexpr uint32_t queue_levels = 1;
// Queues of a disk whose host says nothing: enough that each data core has one.
constexpr size_t queue_count_default_max = 16;
// After a restart, how long a front end that nobody can be asked about may take to come back: those that people start
// by hand try again every few seconds.
constexpr uint64_t return_after_restart_ns = 30'000'000'000;
// How often close_within() looks whether everything has ended.
constexpr uint64_t close_look_ns = 5'000'000;

}  // namespace

Disk::Disk(DiskSpec spec, DiskWorld& world) : spec_(std::move(spec)), world_(world), nap_(world.cores.control) {}

Disk::~Disk() {
  check(server_ == nullptr && blk_ == nullptr && !is_watched_, "a disk is closed before it is destroyed");
}

Result<std::unique_ptr<Disk>> Disk::create(DiskSpec spec, block::Device& volume, DiskWorld& world, bool is_restore) {
  std::unique_ptr<Disk> disk(new Disk(std::move(spec), world));
  OR_ASSIGN(disk->limits_,
            volume::QosDevice::create(disk->spec_.id, volume, disk->spec_.limits, world.cores.control.clock()));
  if (disk->limits_->stack_depth() + queue_levels > block::stack_depth_max) {
    return fail(Code::FailedPrecondition,
                "{} stands on too many layers of volumes ({} levels, at most {}); put it on a shorter stack",
                disk->spec_.name, disk->limits_->stack_depth() + queue_levels, block::stack_depth_max);
  }
  std::optional<DiskOffer> offer = is_restore ? world.offers.read(disk->spec_.id) : std::nullopt;
  if (offer.has_value()) {
    disk->expected_until_ns_ = world.cores.control.clock().now_ns() + return_after_restart_ns;
  }
  if (auto opened = disk->open(offer.value_or(disk->wanted_offer())); !opened.has_value()) {
    if (!offer.has_value()) {
      world.offers.remove(disk->spec_.id);
    }
    return with_context(std::move(opened).error(), disk->spec_.name);
  }
  return disk;
}

DiskOffer Disk::wanted_offer() const { return offer_for(spec_); }

DiskOffer Disk::offer_for(const DiskSpec& spec) const {
  DiskOffer offer{.role = vhost_user::Role::Listen,
                  .queue_count = static_cast<uint16_t>(std::min(world_.cores.data.size(), queue_count_default_max)),
                  .queue_size = spec.queue_size,
                  .is_read_only = spec.is_read_only,
                  .is_packed = spec.is_packed};
  if (const HostTable::Host* const host = world_.hosts.at_port(spec.port_id)) {
    if (host->desired.vhost_socket_role() == outrigger::v1::Host::BACKEND_CONNECTS) {
      offer.role = vhost_user::Role::Connect;
    }
    if (host->desired.queue_count() > 0) {
      offer.queue_count = static_cast<uint16_t>(host->desired.queue_count());
    }
  }
  if (spec.queue_count > 0) {
    offer.queue_count = spec.queue_count;
  }
  return offer;
}

// Begins to serve; on an error nothing is served.
Result<void> Disk::open(const DiskOffer& offer) {
  check(server_ == nullptr && blk_ == nullptr, "what was served before is shut");
  // First the note of it: a front end that we have forgotten about could never come back.
  if (world_.offers.read(spec_.id) != offer) {
    OR_TRY(world_.offers.write(spec_.id, offer));
  }
  first_core_ = world_.shares.take(offer.queue_count);
  const virtio::BlkOptions options{.queue_count_max = offer.queue_count,
                                   .queue_size_max = offer.queue_size,
                                   .serial = spec_.id,
                                   .is_read_only = offer.is_read_only,
                                   .offers_packed = true,
                                   .first_reactor = first_core_};
  blk_ = std::make_unique<virtio::Blk>(spec_.id, *limits_, world_.cores.control, world_.cores.data, options);
  const vhost_user::EndpointOptions endpoint{
      .path = spec_.socket_path, .role = offer.role, .mode = spec_.socket_mode, .group = spec_.socket_group};
  auto server = vhost_user::Server::create(world_.cores.control, *blk_, endpoint, spec_.id);
  if (!server.has_value()) {
    blk_.reset();
    world_.shares.give_back(first_core_, offer.queue_count);
    return std::unexpected(std::move(server).error());
  }
  server_ = std::move(*server);
  offer_ = offer;
  return {};
}

core::Job<void> Disk::shut() {
  if (server_ != nullptr) {
    auto stopping = server_->stop();
    co_await stopping;
  }
  server_.reset();
  if (blk_ != nullptr) {
    blk_.reset();
    world_.shares.give_back(first_core_, offer_.queue_count);
  }
}

// Both offers have one socket, so the old one goes first; it comes back when the new one cannot be made. Should even
// that fail (a full disk, a directory that is gone), the disk stays, and the watch tries again.
core::Job<Result<void>> Disk::replace_offer(DiskOffer next) {
  const DiskOffer before = offer_;
  auto shutting = shut();
  co_await shutting;
  Result<void> opened = open(next);
  if (opened.has_value()) {
    trouble_.clear();
    co_return opened;
  }
  const Result<void> back = open(before);
  trouble_ = back.has_value() ? "" : back.error().what;
  co_return opened;
}

qemu::HostAddress Disk::host_address() const {
  const HostTable::Host* const host = world_.hosts.at_port(spec_.port_id);
  if (host == nullptr) {
    return {};
  }
  return {.qmp_socket = host->desired.qmp_socket(),
          .buses = {host->desired.buses().begin(), host->desired.buses().end()}};
}

qemu::BlkPlug Disk::blk_plug() const {
  qemu::BlkPlug plug;
  plug.id = qemu::device_id(spec_.id);
  plug.socket_path = spec_.socket_path;
  plug.role = offer_.role == vhost_user::Role::Listen ? qemu::SocketRole::WeListen : qemu::SocketRole::WeConnect;
  plug.queue_count = offer_.queue_count;
  plug.queue_size = offer_.queue_size;
  plug.is_packed = offer_.is_packed;
  return plug;
}

core::Job<Result<void>> Disk::plug() {
  qemu::HostAddress host = host_address();
  if (host.qmp_socket.empty()) {
    is_plugged_ = false;
    trouble_.clear();
    co_return Result<void>{};
  }
  qemu::BlkPlug wanted = blk_plug();
  auto plugging = world_.plugger.plug_virtio_blk(std::move(host), std::move(wanted));
  Result<void> plugged = co_await plugging;
  is_plugged_ = plugged.has_value();
  trouble_ = plugged.has_value() ? "" : plugged.error().what;
  // Only a host that is away is told from one that refuses.
  if (plugged.has_value() || plugged.error().code == Code::Unavailable) {
    world_.hosts.note_contact(spec_.port_id, plugged);
  }
  co_return plugged;
}

core::Job<Result<void>> Disk::unplug() {
  qemu::HostAddress host = host_address();
  if (host.qmp_socket.empty()) {
    co_return Result<void>{};
  }
  std::string id = qemu::device_id(spec_.id);
  auto unplugging = world_.plugger.unplug(std::move(host), std::move(id));
  Result<void> unplugged = co_await unplugging;
  if (unplugged.has_value()) {
    is_plugged_ = false;
  }
  co_return unplugged;
}

core::Job<Result<qemu::PlugState>> Disk::ask_host() {
  qemu::HostAddress host = host_address();
  std::string id = qemu::device_id(spec_.id);
  const std::string path = host.qmp_socket;
  auto asking = world_.plugger.query(std::move(host), std::move(id));
  Result<qemu::PlugState> state = co_await asking;
  Result<void> contact;
  if (!state.has_value()) {
    contact = std::unexpected(state.error());
  } else if (*state == qemu::PlugState::Unreachable) {
    contact = fail(Code::Unavailable, "no QEMU at QMP socket {}", path);
  }
  world_.hosts.note_contact(spec_.port_id, contact);
  if (state.has_value()) {
    is_plugged_ = *state == qemu::PlugState::Plugged;
  }
  co_return state;
}

// Whether somebody relies on the present offer though no front end is connected: a QEMU that has the device and will
// connect again; without a QEMU to ask, a front end that was here a moment ago.
core::Job<bool> Disk::is_awaited() {
  if (host_address().qmp_socket.empty()) {
    co_return world_.cores.control.clock().now_ns() < expected_until_ns_;
  }
  auto asking = ask_host();
  const Result<qemu::PlugState> state = co_await asking;
  co_return !state.has_value() || *state == qemu::PlugState::Plugged;
}

// Makes what is offered what is wanted, where that takes nothing from a front end; else the offer waits.
core::Job<Result<void>> Disk::bring_in_line() {
  if (is_shutting()) {
    if (!server_->is_over()) {
      co_return fail(Code::Unavailable, "requests of its front end wait for a volume that does not answer");
    }
    auto shutting = shut();
    co_await shutting;
  }
  if (!is_served()) {
    const DiskOffer before = offer_;
    Result<void> opened = open(before);
    if (!opened.has_value()) {
      co_return opened;
    }
  }
  if (offer_ == wanted_offer() || is_connected()) {
    co_return Result<void>{};
  }
  auto asking = is_awaited();
  const bool is_relied_on = co_await asking;
  if (is_relied_on || is_connected()) {
    co_return Result<void>{};
  }
  DiskOffer next = wanted_offer();
  const std::string news = differences(offer_, next);
  auto replacing = replace_offer(next);
  Result<void> replaced = co_await replacing;
  if (replaced.has_value()) {
    log::info("apply", "{}: offered anew: {}", spec_.name, news);
  }
  co_return replaced;
}

core::Job<Result<void>> Disk::change(DiskSpec spec) {
  Result<void> changed = limits_->update(spec.limits);
  if (!changed.has_value()) {
    co_return changed;
  }
  if (is_served() && offer_ == offer_for(spec)) {
    spec_ = std::move(spec);
    co_return changed;  // nothing that the watch could be in the middle of
  }
  auto ending = stop_watching();
  co_await ending;
  const DiskSpec spec_before = std::exchange(spec_, std::move(spec));
  const DiskOffer offer_before = offer_;
  auto bringing = bring_in_line();
  changed = co_await bringing;
  if (changed.has_value() && offer_ != offer_before) {
    auto plugging = plug();
    const Result<void> plugged = co_await plugging;
    // A host that is away is no reason to refuse: the watch plugs the disk in when it is back.
    if (!plugged.has_value() && plugged.error().code != Code::Unavailable) {
      changed = plugged;
      auto returning = replace_offer(offer_before);
      const Result<void> back = co_await returning;
      if (!back.has_value()) {
        log::warning("apply", "{}: {}", spec_.name, back.error().what);
      }
    }
  }
  if (!changed.has_value()) {
    spec_ = spec_before;
    const Result<void> back = limits_->update(spec_.limits);
    check(back.has_value(), "limits that held before are taken again");
  }
  watch_over();
  co_return changed;
}

core::Job<void> Disk::close() {
  auto ending = stop_watching();
  co_await ending;
  auto shutting = shut();
  co_await shutting;
}

core::Job<bool> Disk::close_within(uint64_t ns) {
  auto ending = stop_watching();
  co_await ending;
  core::Reactor& control = world_.cores.control;
  const uint64_t deadline_ns = control.clock().now_ns() + ns;
  if (server_ != nullptr) {
    server_->begin_stop();
  }
  while (server_ != nullptr && !server_->is_over()) {
    if (control.clock().now_ns() >= deadline_ns) {
      co_return false;
    }
    co_await core::sleep_for(control, close_look_ns);
  }
  auto shutting = shut();
  co_await shutting;
  co_return true;
}

bool Disk::is_connected() const noexcept {
  return server_ != nullptr && !server_->is_stopping() && server_->state().is_connected;
}

uint64_t Disk::negotiated_features() const noexcept {
  return server_ != nullptr ? server_->state().session.features : 0;
}

std::string Disk::trouble() const {
  if (!trouble_.empty()) {
    return trouble_;
  }
  const std::string waiting = differences(offer_, wanted_offer());
  return waiting.empty() ? "" : fmt::format("{} when its front end has left", waiting);
}

}  // namespace outrigger::apply
