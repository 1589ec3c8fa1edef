// parse_device.cc: the commands that BMv2's own command line has: mirroring, multicast, registers, meters and CRCs.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include "base/result.h"
#include "stf/command_parser.h"
#include "stf/limits.h"

namespace outrigger::stf {

namespace {

constexpr size_t rates_max = 2;  // committed and peak

Checked<MeterRate> parse_rate(LineCursor& line) {
  constexpr double rate_max = 1e12;
  MeterRate rate;
  const uint32_t column = line.column();
  const std::string_view text = line.take_word();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate.per_microsecond);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
      !std::isfinite(rate.per_microsecond) || rate.per_microsecond < 0 || rate.per_microsecond > rate_max) {
    return complain(column, fmt::format("{} is not a rate", quoted(text)),
                    "A rate is RATE:BURST, for instance 0.001:8: per microsecond, in packets or bytes.");
  }
  if (!line.take(":")) {
    return complain(line.column(), "`:` and the size of the burst are missing behind the rate");
  }
  OR_ASSIGN(rate.burst, line.take_uint64("the size of the burst"));
  return rate;
}

Checked<std::vector<MeterRate>> parse_rates(LineCursor& line) {
  std::vector<MeterRate> rates;
  do {
    OR_ASSIGN(const MeterRate rate, parse_rate(line));
    rates.push_back(rate);
  } while (!line.is_at_end() && rates.size() < rates_max);
  return rates;
}

Checked<uint64_t> take_crc_number(LineCursor& line, uint32_t width_bits, std::string_view what) {
  const uint32_t column = line.column();
  OR_ASSIGN(const uint64_t number, line.take_uint64(what));
  if (number >> width_bits != 0) {
    return complain(column, fmt::format("{} has at most {} bits", what, width_bits));
  }
  return number;
}

// `true`, `True`, `false`, `False`, 0 or 1.
Checked<bool> take_bool(LineCursor& line, std::string_view what) {
  const uint32_t column = line.column();
  const std::string_view word = line.take_word();
  if (word != "true" && word != "True" && word != "1" && word != "false" && word != "False" && word != "0") {
    return complain(column, fmt::format("{}: true or false is expected, not {}", what, quoted(word)));
  }
  return word == "true" || word == "True" || word == "1";
}

Checked<AnyCommand> parse_set_crc_parameters(LineCursor& line, uint32_t width_bits) {
  SetCrcParameters command;
  command.width_bits = width_bits;
  OR_ASSIGN(command.name, line.take_name("the calculation's name"));
  OR_ASSIGN(command.polynomial, take_crc_number(line, width_bits, "the polynomial"));
  OR_ASSIGN(command.initial, take_crc_number(line, width_bits, "the initial remainder"));
  OR_ASSIGN(command.final_xor, take_crc_number(line, width_bits, "the final exclusive or"));
  OR_ASSIGN(command.is_input_reflected, take_bool(line, "whether the data are reflected"));
  OR_ASSIGN(command.is_output_reflected, take_bool(line, "whether the remainder is reflected"));
  OR_TRY(line.expect_end());
  return command;
}

}  // namespace

Checked<AnyCommand> parse_mirroring_add(LineCursor& line) {
  MirroringAdd command;
  OR_ASSIGN(command.session, line.take_uint32("the session"));
  OR_ASSIGN(command.port, line.take_uint32("the port"));
  OR_TRY(line.expect_end());
  return command;
}

Checked<AnyCommand> parse_mirroring_add_mc(LineCursor& line) {
  MirroringAddMc command;
  OR_ASSIGN(command.session, line.take_uint32("the session"));
  OR_ASSIGN(command.group, line.take_uint32("the multicast group"));
  OR_TRY(line.expect_end());
  return command;
}

Checked<AnyCommand> parse_mirroring_get(LineCursor& line) {
  MirroringGet command;
  OR_ASSIGN(command.session, line.take_uint32("the session"));
  OR_TRY(line.expect_end());
  return command;
}

Checked<AnyCommand> parse_mc_mgrp_create(LineCursor& line) {
  McMgrpCreate command;
  OR_ASSIGN(command.group, line.take_uint32("the multicast group"));
  OR_TRY(line.expect_end());
  return command;
}

Checked<AnyCommand> parse_mc_node_create(LineCursor& line) {
  McNodeCreate command;
  OR_ASSIGN(command.rid, line.take_uint32("the replication id"));
  while (!line.is_at_end()) {
    if (command.ports.size() == replicas_max) {
      return complain(line.column(), fmt::format("a node has at most {} ports", replicas_max));
    }
    if (line.sees("|")) {
      return complain(line.column(), "link aggregation groups are not known here", "Give the ports one by one.");
    }
    OR_ASSIGN(const uint32_t port, line.take_uint32("a port"));
    command.ports.push_back(port);
  }
  return command;
}

Checked<AnyCommand> parse_mc_node_associate(LineCursor& line) {
  McNodeAssociate command;
  OR_ASSIGN(command.group, line.take_uint32("the multicast group"));
  OR_ASSIGN(command.node, line.take_uint32("the node"));
  OR_TRY(line.expect_end());
  return command;
}

Checked<AnyCommand> parse_register_read(LineCursor& line) {
  RegisterRead command;
  OR_ASSIGN(command.name, line.take_name("the register's name"));
  if (!line.is_at_end()) {
    OR_ASSIGN(command.index, line.take_uint64("the index"));
  }
  OR_TRY(line.expect_end());
  return command;
}

Checked<AnyCommand> parse_register_write(LineCursor& line) {
  RegisterWrite command;
  OR_ASSIGN(command.name, line.take_name("the register's name"));
  OR_ASSIGN(command.index, line.take_uint64("the index"));
  command.column = line.column();
  OR_ASSIGN(command.value, line.take_number("the value"));
  OR_TRY(line.expect_end());
  return command;
}

Checked<AnyCommand> parse_register_reset(LineCursor& line) {
  RegisterReset command;
  OR_ASSIGN(command.name, line.take_name("the register's name"));
  OR_TRY(line.expect_end());
  return command;
}

Checked<AnyCommand> parse_meter_get_rates(LineCursor& line) {
  MeterGetRates command;
  OR_ASSIGN(command.name, line.take_name("the meter's name"));
  OR_ASSIGN(command.index, line.take_uint64("the index"));
  OR_TRY(line.expect_end());
  return command;
}

Checked<AnyCommand> parse_meter_set_rates(LineCursor& line) {
  MeterSetRates command;
  OR_ASSIGN(command.name, line.take_name("the meter's name"));
  OR_ASSIGN(command.index, line.take_uint64("the index"));
  OR_ASSIGN(command.rates, parse_rates(line));
  OR_TRY(line.expect_end());
  return command;
}

Checked<AnyCommand> parse_meter_array_set_rates(LineCursor& line) {
  MeterArraySetRates command;
  OR_ASSIGN(command.name, line.take_name("the meter's name"));
  OR_ASSIGN(command.rates, parse_rates(line));
  OR_TRY(line.expect_end());
  return command;
}

Checked<AnyCommand> parse_set_crc16_parameters(LineCursor& line) { return parse_set_crc_parameters(line, 16); }

Checked<AnyCommand> parse_set_crc32_parameters(LineCursor& line) { return parse_set_crc_parameters(line, 32); }

}  // namespace outrigger::stf
