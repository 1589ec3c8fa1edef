// Inventory: what this machine is made of, read from /sys and /proc.
#pragma once

#include "inventory/inventory.pb.h"

#include <string>

namespace outrigger::model {

// Reads the machine whose file system is mounted at `root` ("/" for this one). What is missing, or readable
// only to root, is left empty; it never fails. Reads files, so it takes some milliseconds. Any thread.
[[nodiscard]] opi_api::inventory::v1::Inventory read_inventory(const std::string& root);

}  // namespace outrigger::model
