// The keys with which a remote controller's paths come to their target, and we to a discovery controller, from what the
// API keeps.
#pragma once

#include "nvme_host/path_security.h"
#include "outrigger/v1/nvme_discovery.pb.h"
#include "outrigger/v1/nvme_remote.pb.h"
#include "storage/backend_nvme.pb.h"

#include <memory>

namespace outrigger::apply {

// For a path of `parties`; nullptr: it has no keys. InvalidArgument: what the API should not have taken; holds no key.
[[nodiscard]] Result<std::shared_ptr<const nvme_host::PathSecurity>> path_security(
    const opi_api::storage::v1::NvmeRemoteController& controller,
    const outrigger::v1::NvmeRemoteControllerOptions& options, const nvme_auth::Parties& parties);

// For the discovery controller of `parties`, by the keys of the remote controllers that are found there: it need not
// ask for authentication, and is spoken to without concatenation.
[[nodiscard]] Result<std::shared_ptr<const nvme_host::PathSecurity>> discovery_security(
    const outrigger::v1::NvmeDiscovery& discovery, const nvme_auth::Parties& parties);
[[nodiscard]] bool has_other_keys(const outrigger::v1::NvmeDiscovery& one, const outrigger::v1::NvmeDiscovery& other);

// Do two remote controllers come with different keys, or ask for other things with them?
[[nodiscard]] bool has_other_keys(const opi_api::storage::v1::NvmeRemoteController& one,
                                  const outrigger::v1::NvmeRemoteControllerOptions& its,
                                  const opi_api::storage::v1::NvmeRemoteController& other,
                                  const outrigger::v1::NvmeRemoteControllerOptions& others);

}  // namespace outrigger::apply
