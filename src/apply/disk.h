// Disk: one virtio-blk device: a volume behind rate limits, the virtio device, its vhost-user endpoint, and its place
// in a running QEMU. Control reactor only; queues run on the data cores.
//
// Life: create() → plug() → watch_over() → … → stop_watching() → unplug() → close(). What it offers to its front end is
// a DiskOffer; a disk that shall be another waits with it until its front end has left. The watch looks after
// both: it plugs the disk in again when the host lost it (a QEMU that was started anew) and makes the new offer when
// nobody relies on the old one. One thing at a time: jobs that change the disk end the watch first.
#pragma once

#include "apply/core_shares.h"
#include "apply/disk_offer.h"
#include "apply/host_table.h"
#include "apply/nap.h"
#include "base/result.h"
#include "block/device.h"
#include "core/job.h"
#include "qemu/plug.h"
#include "vhost_user/server.h"
#include "virtio/blk.h"
#include "volume/qos.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrigger::apply {

// What a disk shall be.
struct DiskSpec {
  std::string id;    // "disk1"
  std::string name;  // "volumes/disk1"
  std::string socket_path;
  mode_t socket_mode = 0600;
  std::optional<gid_t> socket_group = {};  // none: the daemon's own
  volume::QosLimits limits;
  int32_t port_id = 0;       // the host is who hangs there
  uint16_t queue_count = 0;  // 0: as the host says, or one for each data core
  uint16_t queue_size = 256;
  bool is_read_only = false;
  bool is_packed = false;
};

// What a disk is made on: the cores.
struct Cores {
  core::Reactor& control;
  std::vector<core::Reactor*> data;
};

// What all disks share.
struct DiskWorld {
  Cores cores;
  HostTable& hosts;
  qemu::Plugger& plugger;
  OfferFolder offers;
  CoreShares shares;
};

class Disk {
 public:
  // Serves the socket; on an error nothing is left. `is_restore`: the front end that got the last offer may come back,
  // and finds the same. `world` and `volume` outlive the disk.
  static Result<std::unique_ptr<Disk>> create(DiskSpec spec, block::Device& volume, DiskWorld& world, bool is_restore);
  // close() must have ended.
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // Plugs it into its host's QEMU, if it has one; on an error it is not plugged.
  core::Job<Result<void>> plug();
  // Takes it out of its host; on an error it is still in.
  core::Job<Result<void>> unplug();
  // Makes it another disk: limits at once, the offer when no front end relies on the present one. On an error it is as
  // it was. Ends the watch meanwhile.
  core::Job<Result<void>> change(DiskSpec spec);
  // Stops serving and frees everything but the object; requests in flight are finished first.
  core::Job<void> close();
  // The same as far as it goes within `ns`. False: requests of the front end still wait for their volume; the front end
  // is let go of already. Either close() follows, or watch_over(), which serves again when they have ended.
  core::Job<bool> close_within(uint64_t ns);

  // From now on: looks after front end, host and offer.
  void watch_over();
  // Ends when the watch does nothing any more: at once, or when its present conversation with QEMU has ended.
  core::Job<void> stop_watching();
  // The watch looks at once: something about the host has changed.
  void look_soon();

  [[nodiscard]] const DiskSpec& spec() const noexcept { return spec_; }
  // What its front end gets now, and what the next one shall get.
  [[nodiscard]] const DiskOffer& offer() const noexcept { return offer_; }
  [[nodiscard]] DiskOffer wanted_offer() const;
  // False: the socket could not be made again after a change; see trouble().
  [[nodiscard]] bool is_served() const noexcept { return server_ != nullptr; }
  [[nodiscard]] bool is_connected() const noexcept;
  [[nodiscard]] uint64_t negotiated_features() const noexcept;
  [[nodiscard]] bool is_plugged() const noexcept { return is_plugged_; }
  // Why it is not as it shall be, in words; empty when all is well.
  [[nodiscard]] std::string trouble() const;
  // What front ends asked of the disk, over all queues.
  [[nodiscard]] block::CounterSums counter_sums() const { return limits_->counter_sums(); }
  [[nodiscard]] block::Device& device() noexcept { return *limits_; }

 private:
  Disk(DiskSpec spec, DiskWorld& world);
  [[nodiscard]] DiskOffer offer_for(const DiskSpec& spec) const;
  Result<void> open(const DiskOffer& offer);
  core::Job<void> shut();
  [[nodiscard]] bool is_shutting() const noexcept { return server_ != nullptr && server_->is_stopping(); }
  core::Job<Result<void>> replace_offer(DiskOffer next);
  core::Job<Result<void>> bring_in_line();
  core::Job<bool> is_awaited();
  static core::Job<void> look_after(Disk* self);
  core::Job<void> look_connected();
  core::Job<void> look_away();
  core::Job<Result<qemu::PlugState>> ask_host();
  [[nodiscard]] qemu::HostAddress host_address() const;
  [[nodiscard]] qemu::BlkPlug blk_plug() const;

  DiskSpec spec_;
  DiskWorld& world_;
  DiskOffer offer_;
  std::unique_ptr<volume::QosDevice> limits_;
  std::unique_ptr<virtio::Blk> blk_;
  size_t first_core_ = 0;  // of blk_'s queues, as counted in the world's shares
  std::unique_ptr<vhost_user::Server> server_;
  bool is_plugged_ = false;
  // A front end that nobody can be asked about may come back until then.
  uint64_t expected_until_ns_ = 0;
  std::string trouble_;

  Nap nap_;
  bool is_watched_ = false;
  bool is_watch_ending_ = false;
  bool is_look_due_ = false;
  bool is_host_asked_ = false;  // whether the device of the connected front end is the host's
  uint32_t looks_connected_ = 0;
  uint32_t looks_away_ = 0;
  core::Event<std::monostate>* watch_ended_ = nullptr;
};

}  // namespace outrigger::apply
