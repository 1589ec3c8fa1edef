// Where an NVMe controller is reached, in one spelling: addresses that are written differently are one. Pure; any
// thread.
#pragma once

#include "storage/backend_nvme.pb.h"
#include "storage/opicommon.pb.h"

#include <string>

namespace outrigger::model {

// "192.0.2.1:4420", "[2001:db8::1]:4420"; empty where the endpoint is no IP address of its family with a TCP port.
[[nodiscard]] std::string nvme_address(const opi_api::storage::v1::FabricsEndpoint& endpoint);
// Where a path leads, in the same spelling.
[[nodiscard]] std::string nvme_path_address(const opi_api::storage::v1::NvmePath& path);

}  // namespace outrigger::model
