// command_parser.h: one function a command, from what stands behind its name to the value. For reader.cc only.
#pragma once

#include <string_view>
#include <vector>

#include "stf/line_cursor.h"
#include "stf/problem.h"
#include "stf/script.h"

namespace outrigger::stf {

// parse_entry.cc
[[nodiscard]] Checked<AnyCommand> parse_add(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_setdefault(LineCursor& line);

// parse_traffic.cc
[[nodiscard]] Checked<AnyCommand> parse_packet(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_expect(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_check_counter(LineCursor& line);

// parse_device.cc: what BMv2's own command line has.
[[nodiscard]] Checked<AnyCommand> parse_mirroring_add(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_mirroring_add_mc(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_mirroring_get(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_mc_mgrp_create(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_mc_node_create(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_mc_node_associate(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_register_read(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_register_write(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_register_reset(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_meter_get_rates(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_meter_set_rates(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_meter_array_set_rates(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_set_crc16_parameters(LineCursor& line);
[[nodiscard]] Checked<AnyCommand> parse_set_crc32_parameters(LineCursor& line);

}  // namespace outrigger::stf
