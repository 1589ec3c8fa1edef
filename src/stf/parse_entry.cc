// parse_entry.cc: `add` and `setdefault`: keys, values and actions with their arguments.
#include <fmt/format.h>

#include <cctype>
#include <string>
#include <utility>

#include "base/result.h"
#include "stf/command_parser.h"
#include "stf/limits.h"

namespace outrigger::stf {

namespace {

constexpr std::string_view add_form =
    "add TABLE [PRIORITY] KEY:VALUE … ACTION(ARGUMENT:VALUE, …) [= $HANDLE] is the form.";

Checked<Value> parse_value(LineCursor& line) {
  Value value;
  value.column = line.column();
  OR_ASSIGN(value.first, line.take_number("the key's value"));
  if (line.take("/")) {
    value.form = ValueForm::Prefix;
    OR_ASSIGN(value.second, line.take_number("the length of the prefix"));
  } else if (line.take("&&&")) {
    value.form = ValueForm::Masked;
    OR_ASSIGN(value.second, line.take_number("the mask"));
  } else if (line.take("..") || line.take("->")) {
    value.form = ValueForm::Range;
    OR_ASSIGN(value.second, line.take_number("the range's upper end"));
  }
  return value;
}

// Up to the closing parenthesis; scripts that leave it out at the end of the line are read elsewhere, and here.
Checked<std::vector<ArgumentText>> parse_arguments(LineCursor& line) {
  std::vector<ArgumentText> arguments;
  while (!line.take(")") && !line.is_at_end()) {
    if (arguments.size() == arguments_max) {
      return complain(line.column(), fmt::format("an action has at most {} arguments", arguments_max));
    }
    ArgumentText argument;
    if (!line.sees_ethernet_address()) {
      LineCursor ahead = line;
      auto name = ahead.take_name("an argument");
      if (name.has_value() && ahead.take(":")) {
        argument.name = std::move(*name);
        line = ahead;
      }
    }
    argument.column = line.column();
    OR_ASSIGN(argument.value, line.take_number("the argument's value"));
    arguments.push_back(std::move(argument));
    (void)line.take(",");
  }
  return arguments;
}

Checked<ActionText> parse_action(LineCursor& line, Name name) {
  ActionText action;
  action.name = std::move(name);
  if (line.take("(")) {
    OR_ASSIGN(action.arguments, parse_arguments(line));
  }
  return action;
}

// A number that is not a key's name.
Checked<std::optional<uint32_t>> parse_priority(LineCursor& line) {
  if (line.is_at_end() || std::isdigit(static_cast<unsigned char>(line.rest()[0])) == 0) {
    return std::optional<uint32_t>();
  }
  LineCursor ahead = line;
  (void)ahead.take_word();
  if (ahead.sees(":")) {
    return std::optional<uint32_t>();
  }
  OR_ASSIGN(const uint32_t priority, line.take_uint32("the priority"));
  return std::optional(priority);
}

// `hdr.h.isValid():1` names a key with parentheses.
void take_parentheses_of_validity(LineCursor& line, Name& name) {
  LineCursor ahead = line;
  if (name.text.ends_with("isValid") && ahead.take("(") && ahead.take(")") && ahead.sees(":")) {
    name.text += "()";
    line = ahead;
  }
}

}  // namespace

Checked<AnyCommand> parse_add(LineCursor& line) {
  Add add;
  OR_ASSIGN(add.table, line.take_name("the table's name"));
  OR_ASSIGN(add.priority, parse_priority(line));
  while (true) {
    if (line.is_at_end()) {
      return complain(line.column(), "the entry's action is missing", std::string(add_form));
    }
    OR_ASSIGN(Name name, line.take_name("a key or an action"));
    take_parentheses_of_validity(line, name);
    if (!line.take(":")) {
      OR_ASSIGN(add.action, parse_action(line, std::move(name)));
      break;
    }
    if (add.keys.size() == keys_max) {
      return complain(name.column, fmt::format("an entry has at most {} keys", keys_max));
    }
    OR_ASSIGN(Value value, parse_value(line));
    add.keys.push_back(KeyText{.name = std::move(name), .value = std::move(value)});
    (void)line.take(",");  // some write them between keys, too
  }
  if (line.take("=")) {
    OR_ASSIGN(const Name handle, line.take_name("the handle's name"));
    add.handle = handle.text.starts_with('$') ? handle.text.substr(1) : handle.text;
  }
  if (!line.is_at_end()) {
    return complain(line.column(), fmt::format("{} does not belong behind the action", quoted(line.rest())),
                    std::string(add_form));
  }
  return add;
}

Checked<AnyCommand> parse_setdefault(LineCursor& line) {
  SetDefault command;
  OR_ASSIGN(command.table, line.take_name("the table's name"));
  OR_ASSIGN(Name name, line.take_name("the action's name"));
  OR_ASSIGN(command.action, parse_action(line, std::move(name)));
  OR_TRY(line.expect_end());
  return command;
}

}  // namespace outrigger::stf
