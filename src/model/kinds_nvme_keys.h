// What is asked of the keys of an NVMe subsystem's hosts, and of those with which we come to a remote controller or a
// discovery controller: in OPI's message, in our options, and in both together. Only for the files of the table of
// kinds.
#pragma once

#include "model/kind.h"
#include "outrigger/v1/nvme.pb.h"
#include "outrigger/v1/nvme_remote.pb.h"
#include "storage/backend_nvme.pb.h"
#include "storage/frontend_nvme.pb.h"

#include <string>
#include <string_view>

namespace outrigger::model {

// OPI's key is a TLS key, of the host that its message names.
Result<void> check_psk(const opi_api::storage::v1::NvmeSubsystemSpec& spec, std::string_view prefix);
Result<void> check_host_security(const outrigger::v1::NvmeSubsystemOptions& options, std::string_view field);
// Of a subsystem and its options: one TLS key for each host, and what is required can be done.
Result<void> check_keys_together(const Message& subsystem, const Message& options);
// Which keys there are.
void show_keys(const Message& stored, Message& shown);

// The same of a remote controller: its TLS key, its other keys, all of them, and which there are.
Result<void> check_remote_psk(const opi_api::storage::v1::NvmeRemoteController& controller, std::string_view prefix);
Result<void> check_remote_keys(const outrigger::v1::NvmeRemoteControllerOptions& options, std::string_view prefix);
Result<void> check_remote_keys_together(const Message& controller, const Message& options);
void show_remote_keys(const Message& stored, Message& shown);

// The same of a discovery: its TLS key, and its other keys as those of what it finds.
Result<void> check_discovery_keys(const std::string& tls_key, const outrigger::v1::NvmeRemoteControllerOptions& others,
                                  std::string_view prefix);

}  // namespace outrigger::model
