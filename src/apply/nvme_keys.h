// What a subsystem asks of its hosts, as nvme takes it: from OPI's key of one host and from our options for many.
#pragma once

#include "base/result.h"
#include "nvme/host_security.h"
#include "outrigger/v1/nvme.pb.h"
#include "storage/frontend_nvme.pb.h"

#include <map>
#include <memory>
#include <string>

namespace outrigger::apply {

// The hosts that are named, by NQN; nullptr: nothing is agreed with it.
using NamedHosts = std::map<std::string, std::shared_ptr<const nvme::HostSecurity>, std::less<>>;

// Errors name the field and hold nothing of a key.
Result<NamedHosts> named_hosts(const opi_api::storage::v1::NvmeSubsystemSpec& spec,
                               const outrigger::v1::NvmeSubsystemOptions& options);
// Do both ask for the same, with the same keys?
[[nodiscard]] bool is_same(const nvme::HostSecurity* a, const nvme::HostSecurity* b);

}  // namespace outrigger::apply
