// Disk: one virtio-blk device of a host: a volume behind rate limits, the virtio device, its vhost-user endpoint, and
// its place in a running QEMU. Control reactor only; queues run on the data cores.
//
// Life: open() → plug() when its host has a QMP socket → … → unplug() → close(). A disk whose front end is away asks
// the host every few seconds whether it must be plugged in again (a QEMU that was started anew).
#pragma once

#include "apply/host_table.h"
#include "base/result.h"
#include "block/device.h"
#include "core/job.h"
#include "qemu/plug.h"
#include "vhost_user/server.h"
#include "virtio/blk.h"
#include "volume/qos.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::apply {

struct DiskSpec {
  std::string id;    // "disk1"
  std::string name;  // "volumes/disk1"
  std::string socket_path;
  volume::QosLimits limits;
  vhost_user::Role role = vhost_user::Role::Listen;
  uint16_t queue_count = 1;
  uint16_t queue_size = 256;
  bool is_read_only = false;
  bool is_packed = false;  // the host offers packed rings to the guest; we can always serve them
  // Where to plug it: empty qmp_socket: nowhere, somebody else connects a front end to socket_path.
  qemu::HostAddress host;
  std::string host_name;  // "hosts/host1"; empty: none
};

// What a disk is made on: the cores.
struct Cores {
  core::Reactor& control;
  std::vector<core::Reactor*> data;
};

class Disk {
 public:
  // Serves the socket; on an error nothing is left.
  static Result<std::unique_ptr<Disk>> open(DiskSpec spec, block::Device& volume, Cores cores, qemu::Plugger& plugger);
  // close() must have ended.
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // Plugs it into its host's QEMU, if it has one; on an error it is not plugged.
  core::Job<Result<void>> plug();
  // Takes it out of its host; on an error it is still in.
  core::Job<Result<void>> unplug();
  // Stops serving and frees everything but the object; requests in flight are finished first.
  core::Job<void> close();
  // From now on: looks after the connection and plugs again when the host lost the device.
  void watch_over();

  // New limits, under load.
  Result<void> update_limits(const volume::QosLimits& limits);

  // Would a guest see the same disk with `other`?
  [[nodiscard]] bool offers_the_same(const DiskSpec& other) const noexcept {
    return spec_.is_read_only == other.is_read_only && spec_.is_packed == other.is_packed &&
           spec_.queue_size == other.queue_size && spec_.queue_count == other.queue_count && spec_.role == other.role;
  }

  [[nodiscard]] const DiskSpec& spec() const noexcept { return spec_; }
  [[nodiscard]] bool is_connected() const noexcept;
  [[nodiscard]] uint64_t negotiated_features() const noexcept;
  [[nodiscard]] bool is_plugged() const noexcept { return is_plugged_; }
  // Why it is not connected or plugged, in words; empty when all is well.
  [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }
  // What front ends asked of the disk, over all queues.
  [[nodiscard]] block::CounterSums counter_sums() const { return limits_->counter_sums(); }
  [[nodiscard]] block::Device& device() noexcept { return *limits_; }

 private:
  Disk(DiskSpec spec, Cores cores, qemu::Plugger& plugger);
  static core::Job<void> look_after(Disk* self);
  [[nodiscard]] qemu::BlkPlug blk_plug() const;

  DiskSpec spec_;
  Cores cores_;
  qemu::Plugger& plugger_;
  std::unique_ptr<volume::QosDevice> limits_;
  std::unique_ptr<virtio::Blk> blk_;
  std::unique_ptr<vhost_user::Server> server_;
  bool is_plugged_ = false;
  bool is_watched_ = false;
  bool is_closing_ = false;
  core::Event<bool>* watch_ended_ = nullptr;
  std::string trouble_;
};

}  // namespace outrigger::apply
