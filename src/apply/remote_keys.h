// The keys with which a remote controller's paths come to their target, from what the API keeps.
#pragma once

#include "nvme_host/path_security.h"
#include "outrigger/v1/nvme_remote.pb.h"
#include "storage/backend_nvme.pb.h"

#include <memory>

namespace outrigger::apply {

// For a path of `parties`; nullptr: it has no keys. InvalidArgument: what the API should not have taken; holds no key.
[[nodiscard]] Result<std::shared_ptr<const nvme_host::PathSecurity>> path_security(
    const opi_api::storage::v1::NvmeRemoteController& controller,
    const outrigger::v1::NvmeRemoteControllerOptions& options, const nvme_auth::Parties& parties);

// Do two remote controllers come with different keys, or ask for other things with them?
[[nodiscard]] bool has_other_keys(const opi_api::storage::v1::NvmeRemoteController& one,
                                  const outrigger::v1::NvmeRemoteControllerOptions& its,
                                  const opi_api::storage::v1::NvmeRemoteController& other,
                                  const outrigger::v1::NvmeRemoteControllerOptions& others);

}  // namespace outrigger::apply
