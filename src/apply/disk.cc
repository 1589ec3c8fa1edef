#include "apply/disk.h"

#include "base/check.h"
#include "base/log.h"

namespace outrigger::apply {
namespace {

// How often a disk whose front end is away looks after itself, and how long it lets a known QEMU reconnect by itself
// before it asks the host.
constexpr uint64_t look_period_ns = 500'000'000;
constexpr uint32_t looks_before_plug = 6;
// The virtio-blk levels above the limits: one for the queue's own request.
constexpr uint32_t queue_levels = 1;

}  // namespace

Disk::Disk(DiskSpec spec, Cores cores, qemu::Plugger& plugger)
    : spec_(std::move(spec)), cores_(std::move(cores)), plugger_(plugger) {}

Disk::~Disk() { check(server_ == nullptr && blk_ == nullptr, "a disk is closed before it is destroyed"); }

Result<std::unique_ptr<Disk>> Disk::open(DiskSpec spec, block::Device& volume, Cores cores, qemu::Plugger& plugger) {
  std::unique_ptr<Disk> disk(new Disk(std::move(spec), std::move(cores), plugger));
  OR_ASSIGN(disk->limits_,
            volume::QosDevice::create(disk->spec_.id, volume, disk->spec_.limits, disk->cores_.control.clock()));
  if (disk->limits_->stack_depth() + queue_levels > block::stack_depth_max) {
    return fail(Code::FailedPrecondition,
                "{} stands on too many layers of volumes ({} levels, at most {}); put it on a shorter stack",
                disk->spec_.name, disk->limits_->stack_depth() + queue_levels, block::stack_depth_max);
  }
  virtio::BlkOptions options;
  options.queue_count_max = disk->spec_.queue_count;
  options.queue_size_max = disk->spec_.queue_size;
  options.serial = disk->spec_.id;
  options.is_read_only = disk->spec_.is_read_only;
  options.offers_packed = true;
  disk->blk_ =
      std::make_unique<virtio::Blk>(disk->spec_.id, *disk->limits_, disk->cores_.control, disk->cores_.data, options);
  auto server = vhost_user::Server::create(disk->cores_.control, *disk->blk_,
                                           {.path = disk->spec_.socket_path, .role = disk->spec_.role}, disk->spec_.id);
  if (!server.has_value()) {
    disk->blk_.reset();
    return with_context(std::move(server).error(), disk->spec_.name);
  }
  disk->server_ = std::move(*server);
  return disk;
}

qemu::BlkPlug Disk::blk_plug() const {
  qemu::BlkPlug plug;
  plug.id = qemu::device_id(spec_.id);
  plug.socket_path = spec_.socket_path;
  plug.role = spec_.role == vhost_user::Role::Listen ? qemu::SocketRole::WeListen : qemu::SocketRole::WeConnect;
  plug.queue_count = spec_.queue_count;
  plug.queue_size = spec_.queue_size;
  plug.is_packed = spec_.is_packed;
  return plug;
}

core::Job<Result<void>> Disk::plug() {
  if (spec_.host.qmp_socket.empty()) {
    co_return Result<void>{};
  }
  Result<void> plugged = co_await plugger_.plug_virtio_blk(spec_.host, blk_plug());
  is_plugged_ = plugged.has_value();
  trouble_ = plugged.has_value() ? "" : plugged.error().what;
  co_return plugged;
}

core::Job<Result<void>> Disk::unplug() {
  if (spec_.host.qmp_socket.empty()) {
    co_return Result<void>{};
  }
  Result<void> unplugged = co_await plugger_.unplug(spec_.host, qemu::device_id(spec_.id));
  if (unplugged.has_value()) {
    is_plugged_ = false;
  }
  co_return unplugged;
}

void Disk::watch_over() {
  if (!spec_.host.qmp_socket.empty() && !is_watched_) {
    is_watched_ = true;
    core::spawn(look_after(this));
  }
}

core::Job<void> Disk::look_after(Disk* self) {
  uint32_t looks_away = 0;
  while (!self->is_closing_) {
    co_await core::sleep_for(self->cores_.control, look_period_ns);
    if (self->is_closing_) {
      break;
    }
    if (self->is_connected()) {
      looks_away = 0;
      self->is_plugged_ = true;
      self->trouble_.clear();
      continue;
    }
    if (++looks_away % looks_before_plug != 0) {
      continue;
    }
    const bool was_plugged = self->is_plugged_;
    const Result<void> plugged = co_await self->plug();
    if (!plugged.has_value() && was_plugged) {
      log::warning("apply", "{}: its front end is gone: {}", self->spec_.name, plugged.error().what);
    }
  }
  self->is_watched_ = false;
  if (self->watch_ended_ != nullptr) {
    self->watch_ended_->set(true);
  }
}

core::Job<void> Disk::close() {
  is_closing_ = true;
  if (is_watched_) {
    core::Event<bool> ended;
    watch_ended_ = &ended;
    co_await ended;
  }
  if (server_ != nullptr) {
    co_await server_->stop();
  }
  server_.reset();
  blk_.reset();
}

Result<void> Disk::update_limits(const volume::QosLimits& limits) {
  OR_TRY(limits_->update(limits));
  spec_.limits = limits;
  return {};
}

bool Disk::is_connected() const noexcept { return server_ != nullptr && server_->state().is_connected; }

uint64_t Disk::negotiated_features() const noexcept {
  return server_ != nullptr ? server_->state().session.features : 0;
}

}  // namespace outrigger::apply
