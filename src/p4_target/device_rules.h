// device_rules.h: what a valid program may not do on the devices of this room, said at the place where it does it.
#pragma once

#include "p4/diagnostics.h"
#include "p4_ir/program.h"

namespace outrigger::p4_target {

// Adds to the diagnostics what make_target() would refuse later without a place (keys that no table has, arrays that
// are too large), what it would take and not do (one direct counter for two tables), and warnings of what does nothing.
// Programs of other architectures have no device here, and no rules. False after an error.
bool check_device_rules(const p4_ir::Program& program, p4::Diagnostics& diagnostics);

}  // namespace outrigger::p4_target
