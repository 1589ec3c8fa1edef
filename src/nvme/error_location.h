// Where in a command the fault is, for the error information log (NVM Express Base Specification 2.0, figure 206,
// Parameter Error Location): of admin commands, and of what an I/O queue has control do. Found from the command and the
// status that refused it, so that whoever judges these commands need not carry it along.
#pragma once

#include "nvme/entry.h"
#include "nvme/features.h"
#include "nvme/status.h"

#include <cstdint>

namespace outrigger::nvme {

// Byte of the command in bits 7:0, bit of that byte in 10:8; `nowhere` when no parameter of the command is at fault.
[[nodiscard]] uint16_t error_location(const Sqe& sqe, Status status, const Features& features) noexcept;
// Of a reservation or authentication command of an I/O queue. Keys are in its data, and so nowhere in the command.
[[nodiscard]] uint16_t control_error_location(const Sqe& sqe, Status status) noexcept;

}  // namespace outrigger::nvme
