// The single steps of a plug, each one short conversation with one QEMU. What they are put together to, and what
// happens when one fails, is in plug.cc. Parameters by value: these are coroutines.
#pragma once

#include "base/result.h"
#include "core/job.h"
#include "qemu/plug.h"
#include "qemu/qmp_client.h"

#include <memory>
#include <set>
#include <string>

namespace outrigger::qemu {

using Client = std::shared_ptr<QmpClient>;

// The id of the chardev that goes with a device.
[[nodiscard]] std::string chardev_id(std::string_view device);

struct Presence {
  bool has_device = false;
  bool has_chardev = false;
};
core::Job<Result<Presence>> look_for(Client client, std::string device);

// FAILED_PRECONDITION when no memory of the guest is shared: the back end could not reach it, and QEMU would say so
// only on its standard error.
core::Job<Result<void>> check_memory(Client client);

// The first of `wanted` (empty: any root port, in QEMU's order) that holds no device and is not in `taken`.
core::Job<Result<std::string>> find_free_bus(Client client, std::vector<std::string> wanted,
                                             std::set<std::string> taken);

core::Job<Result<void>> add_chardev(Client client, BlkPlug plug);
// device_add waits without end for a back end that is not there, and QEMU with it; so we wait first, with an end.
core::Job<Result<void>> wait_chardev_connected(core::Reactor* reactor, Client client, BlkPlug plug);
core::Job<Result<void>> add_blk_device(Client client, BlkPlug plug, std::string bus);

// Asks the guest to release the device and waits; asks again now and then. Absent: success.
core::Job<Result<void>> remove_device(core::Reactor* reactor, Client client, std::string device, uint64_t timeout_ns);
// Absent: success.
core::Job<Result<void>> remove_chardev(core::Reactor* reactor, Client client, std::string device);

}  // namespace outrigger::qemu
