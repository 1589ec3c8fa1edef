// What the model and the planes agree on about discovery: where discovery controllers are, and how that is called which
// following one makes. Pure; any thread, where nothing else is said.
#pragma once

#include "model/model.h"
#include "outrigger/v1/nvme_discovery.pb.h"
#include "outrigger/v1/nvme_remote.pb.h"
#include "storage/backend_nvme.pb.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace outrigger::model {

// IANA's nvme-disc.
inline constexpr int64_t nvme_discovery_port = 8009;

// "192.0.2.1:8009" in the one spelling of nvme_address(); port 0 is the discovery service's. Empty: no such address.
[[nodiscard]] std::string nvme_discovery_address(std::string_view traddr, int64_t trsvcid);

// A name that a path may lead to.
[[nodiscard]] bool is_discoverable(std::string_view subnqn);

// The id of the remote controller that the discovery of this id makes for a subsystem: always the same.
[[nodiscard]] std::string nvme_discovered_controller_id(std::string_view discovery, std::string_view subnqn);
// The id of the path that it makes to an address as nvme_address() spells it.
[[nodiscard]] std::string nvme_discovered_path_id(std::string_view address);
// What its remote controllers are.
[[nodiscard]] opi_api::storage::v1::NvmeRemoteController nvme_discovered_controller(
    const outrigger::v1::NvmeDiscovery& discovery);
// Their options: keys, and who made them, for anybody may choose a name that looks like theirs.
[[nodiscard]] outrigger::v1::NvmeRemoteControllerOptions nvme_discovered_options(
    std::string_view id, const outrigger::v1::NvmeDiscovery& discovery);
// The discovery of this id, as it is called there.
[[nodiscard]] std::string nvme_discovery_name(std::string_view id);
// Which keys there are, in a copy of the discovery that goes to a client.
void show_discovery_keys(const outrigger::v1::NvmeDiscovery& stored, outrigger::v1::NvmeDiscovery& shown);

// Did the discovery of this id make the path that has this key and is this? Told from the names, which nobody else
// chooses.
[[nodiscard]] bool is_discovered(std::string_view discovery, std::string_view key,
                                 const opi_api::storage::v1::NvmePath& path);

// The kinds NvmeDiscovery and NvmeReferral. After add_standard_kinds(); the hooks outlive the model.
void add_discovery_kinds(Model& model, Hooks& discovery, Hooks& referral);

[[nodiscard]] Result<void> check_discover_request(const outrigger::v1::DiscoverNvmeRequest& request);
// Whom a question is for and with which keys, as a discovery says it.
[[nodiscard]] outrigger::v1::NvmeDiscovery nvme_discovery_of(const outrigger::v1::DiscoverNvmeRequest& request);
// What a remote controller says by itself: multipath, queues. `prefix` names the resource in errors.
[[nodiscard]] Result<void> check_remote_values(const opi_api::storage::v1::NvmeRemoteController& controller,
                                               std::string_view prefix);

}  // namespace outrigger::model
