// NvmeTcpPlane: the real NvmePlane: subsystems in one directory, with the discovery service over them, reached by TCP.
#pragma once

#include "apply/disk.h"
#include "apply/nvme_plane.h"
#include "apply/referral_plane.h"
#include "apply/reservation_folder.h"
#include "nvme/directory.h"
#include "nvme_tcp/admission.h"
#include "nvme_tcp/directory_desk.h"
#include "nvme_tcp/group.h"
#include "nvme_tcp/limits.h"

#include <memory>
#include <string>

namespace outrigger::apply {

// What hosts may take of the machine.
struct NvmeTcpLimits {
  // Connections of one address at each port, and its discovery controllers at all of them.
  uint32_t connections_per_address_max = nvme_tcp::connections_per_peer_max;
  uint32_t discovery_controllers_per_address_max = nvme::discovery_controllers_per_peer_max;
  // What the connections of all hosts may take, and those of one network; 0: a part of the machine's memory, and of
  // that.
  uint64_t memory_bytes_max = 0;
  uint64_t memory_bytes_per_network_max = 0;
};

class NvmeTcpPlane final : public NvmePlane, public ReferralPlane {
 public:
  // The cores outlive the plane; its subsystems are gone and its listeners closed before it is destroyed.
  // `state`: the directory for what outlives the daemon: reservations, health.
  NvmeTcpPlane(const Cores& cores, const std::string& state, const NvmeTcpLimits& limits);

  Result<std::unique_ptr<nvme::Subsystem>> make_subsystem(nvme::SubsystemOptions options) override;
  Result<std::unique_ptr<NvmeListener>> listen(nvme::Port port) override;
  std::unique_ptr<HealthFile> health_file(const std::string& id) override;
  Result<void> forget_reservation(const std::array<uint8_t, 16>& namespace_uuid) override;
  Result<void> add_referral(const nvme::Referral& referral) override { return directory_.add(referral); }
  void remove_referral(const nvme::Referral& referral) override { directory_.remove(referral); }

 private:
  ReservationFolder reservations_;
  std::string health_;
  nvme::Directory directory_;
  nvme_tcp::DirectoryDesk desk_{directory_};
  nvme_tcp::GroupSet groups_;
  nvme_tcp::Admission admission_;
  const uint32_t connections_per_address_max_;
};

}  // namespace outrigger::apply
