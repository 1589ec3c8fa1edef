// inputs.h: captures that go into a program, and whether it has their ports.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "p4_cli/port_file.h"
#include "p4_cli/replay.h"
#include "p4_ir/program.h"

namespace outrigger::p4_cli {

// OutOfRange: a port of `files`, or `port`, that the program's architecture does not have.
Result<> check_ports(const p4_ir::Program& program, std::span<const PortFile> files, std::optional<uint32_t> port);
// Opens them; `port` is of those without one of their own.
Result<std::vector<ReplayInput>> open_inputs(std::span<const PortFile> files, std::optional<uint32_t> port);

}  // namespace outrigger::p4_cli
