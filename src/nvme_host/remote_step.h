// How a block request becomes commands: which part of it the next command does, and what the command says.
#pragma once

#include "block/device.h"
#include "nvme_host/remote_slot.h"
#include "nvme_host/remote_table.h"

namespace outrigger::nvme_host {

// Does it change blocks? Such a one must not be executed late.
[[nodiscard]] bool is_change(block::Op op) noexcept;
// What a controller must be capable of to take it.
[[nodiscard]] uint8_t needed_capability(block::Op op) noexcept;
// Doing it twice leaves something else than doing it once: a copy onto a part of its own source.
[[nodiscard]] bool is_unrepeatable(const block::Request& request) noexcept;

// Fills in `slot.command` (and `slot.second`) for the next step of its request through `lane`: sizes, dwords and
// memory. A pair needs `slot.pair`. False: no command of this lane can do it (a pair larger than one transfer).
[[nodiscard]] bool build_step(RemoteSlot& slot, const PathLane& lane, uint32_t block_size) noexcept;
// After the step's commands came back, or were not taken.
void close_step(RemoteSlot& slot) noexcept;

}  // namespace outrigger::nvme_host
