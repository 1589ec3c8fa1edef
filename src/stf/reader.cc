// reader.cc: lines, and which command each one is.
#include "stf/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

#include "base/result.h"
#include "stf/command_parser.h"
#include "stf/limits.h"

namespace outrigger::stf {

namespace {

template <typename T>
Checked<AnyCommand> parse_bare(LineCursor& line) {
  OR_TRY(line.expect_end());
  return T{};
}

Checked<AnyCommand> parse_remove(LineCursor& line) {
  const uint32_t column = line.column();
  std::string what(line.take_word());
  std::ranges::transform(what, what.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (what != "all") {
    return complain(column, "single entries are not removed", "`remove all` removes every entry of every table.");
  }
  return parse_bare<RemoveAll>(line);
}

struct CommandForm {
  std::string_view name;
  Checked<AnyCommand> (*parse)(LineCursor&);
};

constexpr CommandForm forms[] = {
    {"packet", parse_packet},
    {"expect", parse_expect},
    {"add", parse_add},
    {"setdefault", parse_setdefault},
    {"wait", parse_bare<Wait>},
    {"no_packet", parse_bare<NoPacket>},
    {"remove", parse_remove},
    {"check_counter", parse_check_counter},
    {"mirroring_add", parse_mirroring_add},
    {"mirroring_add_mc", parse_mirroring_add_mc},
    {"mirroring_get", parse_mirroring_get},
    {"mc_mgrp_create", parse_mc_mgrp_create},
    {"mc_node_create", parse_mc_node_create},
    {"mc_node_associate", parse_mc_node_associate},
    {"register_read", parse_register_read},
    {"register_write", parse_register_write},
    {"register_reset", parse_register_reset},
    {"meter_get_rates", parse_meter_get_rates},
    {"meter_set_rates", parse_meter_set_rates},
    {"meter_array_set_rates", parse_meter_array_set_rates},
    {"set_crc16_parameters", parse_set_crc16_parameters},
    {"set_crc32_parameters", parse_set_crc32_parameters},
};

std::string all_commands() {
  std::string text = "The commands are";
  for (const CommandForm& form : forms) {
    text += fmt::format("{} {}", form.name == forms[0].name ? "" : ",", form.name);
  }
  return text + ".";
}

Checked<AnyCommand> parse_line(LineCursor& line) {
  const uint32_t column = line.column();
  std::string name(line.take_word());
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const CommandForm& form : forms) {
    if (form.name == name) {
      return form.parse(line);
    }
  }
  const std::string_view shown = name.empty() ? line.rest().substr(0, 1) : std::string_view(name);
  return complain(column, fmt::format("{} is not a command", quoted(shown)), all_commands());
}

size_t count_values(const AnyCommand& command) {
  if (const auto* const add = std::get_if<Add>(&command); add != nullptr) {
    return add->keys.size() + add->action.arguments.size();
  }
  const auto* const setdefault = std::get_if<SetDefault>(&command);
  return setdefault == nullptr ? 0 : setdefault->action.arguments.size();
}

class Reader {
 public:
  Reading read(std::string_view text);

 private:
  void read_line(std::string_view text);
  void add_error(Problem problem) {
    problem.line = line_;
    reading_.errors.push_back(std::move(problem));
  }
  // Whether there is no sense in going on.
  [[nodiscard]] bool is_full();

  Reading reading_;
  uint32_t line_ = 0;
  size_t values_ = 0;
};

bool Reader::is_full() {
  if (reading_.errors.size() >= errors_max - 1) {
    add_error({.what = "too many errors; the rest of the script is not read"});
    return true;
  }
  if (reading_.script.commands.size() >= commands_max) {
    add_error({.what = fmt::format("a script has at most {} commands", commands_max)});
    return true;
  }
  if (values_ >= values_max) {
    add_error({.what = fmt::format("a script has at most {} keys and arguments", values_max)});
    return true;
  }
  return false;
}

void Reader::read_line(std::string_view text) {
  if (text.size() > line_bytes_max) {
    add_error({.what = fmt::format("a line has at most {} bytes", line_bytes_max)});
    return;
  }
  LineCursor line(text);
  if (line.is_at_end() || line.sees("//")) {
    return;
  }
  auto command = parse_line(line);
  if (command.has_value()) {
    values_ += count_values(*command);
    reading_.script.commands.push_back(Command{.line = line_, .command = std::move(*command)});
  } else {
    add_error(std::move(command).error());
  }
}

Reading Reader::read(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.size() > script_bytes_max) {
    add_error({.what = fmt::format("a script has at most {} bytes", script_bytes_max)});
    return std::move(reading_);
  }
  if (text.starts_with(byte_order_mark)) {
    text.remove_prefix(byte_order_mark.size());
  }
  while (!text.empty()) {
    ++line_;
    const size_t end = std::min(text.find('\n'), text.size());
    read_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!text.empty() && is_full()) {
      break;
    }
  }
  return std::move(reading_);
}

}  // namespace

Reading read_script(std::string_view text) { return Reader().read(text); }

}  // namespace outrigger::stf
