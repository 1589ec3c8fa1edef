// RemoteNamespace: a namespace of somebody's subsystem as a block device, over all paths that show it. It is the same
// device for as long as its owner keeps it: when the namespace vanishes requests fail, and when the same identity is
// shown again it goes on.
//
// Control reactor: made and destroyed by its RemoteController, which alone tells it about paths. Channels are opened
// on the data cores that the controller was given.
#pragma once

#include "block/device.h"
#include "nvme_host/path.h"
#include "nvme_host/remote_table.h"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace outrigger::nvme_host {

class RemoteChannel;
struct ChannelLink;

// What tells one namespace from another (NVM Express Base 2.0, section 4.5.1). All zero: the controller names none, and
// then the NSID must do, with the serial number of the subsystem, so that another one behind the same name and address
// is not taken for it.
struct NamespaceIdentity {
  std::array<uint8_t, 16> uuid{};
  std::array<uint8_t, 16> nguid{};
  std::array<uint8_t, 8> eui64{};
  std::string serial;  // only where the others are zero

  [[nodiscard]] static NamespaceIdentity of(const PathNamespace& shown) {
    return {shown.uuid, shown.nguid, shown.eui64, shown.serial};
  }
  [[nodiscard]] bool is_none() const {
    return *this == NamespaceIdentity{.uuid = {}, .nguid = {}, .eui64 = {}, .serial = serial};
  }
  friend bool operator==(const NamespaceIdentity&, const NamespaceIdentity&) = default;
};

class RemoteNamespace final : public block::Device {
 public:
  ~RemoteNamespace() override;

  // The identifier by which it is known at the moment, or was last.
  [[nodiscard]] uint32_t nsid() const noexcept { return nsid_; }
  [[nodiscard]] const NamespaceIdentity& identity() const noexcept { return identity_; }
  // Does any path show it? Control reactor.
  [[nodiscard]] bool is_present() const noexcept { return is_present_; }

  // Fails with FailedPrecondition on a reactor that is none of the controller's data cores.
  Result<std::unique_ptr<block::Channel>> open_channel(core::Reactor& reactor) override;

 private:
  friend class RemoteController;
  friend class RemoteChannel;

  RemoteNamespace(std::string name, block::Geometry geometry, uint32_t nsid, const NamespaceIdentity& identity,
                  std::vector<core::Reactor*> cores, uint32_t slot_count);

  // Control: from now on core i reaches it as tables[i] says. Channels hear of it by a message.
  void publish(std::vector<std::shared_ptr<const PathTable>> tables);
  // On the channel's core, when it is destroyed.
  void channel_closed(const ChannelLink& link) noexcept;
  using Device::set_block_count;

  uint32_t nsid_;
  const NamespaceIdentity identity_;
  bool is_present_ = true;
  uint64_t no_path_since_ns_ = 0;  // the controller's
  const std::vector<core::Reactor*> cores_;
  const uint32_t slot_count_;
  std::mutex mutex_;  // taken when channels come and go and when a table is published; never for a request
  std::vector<std::shared_ptr<const PathTable>> tables_;  // by core
  std::vector<std::shared_ptr<ChannelLink>> links_;
};

}  // namespace outrigger::nvme_host
