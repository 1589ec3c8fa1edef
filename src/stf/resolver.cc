// Resolver: tables, keys, actions and arguments.
#include "stf/resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/result.h"
#include "stf/key_value.h"

namespace outrigger::stf {

namespace {

template <typename Info>
NameList list_names(const std::vector<Info>& infos) {
  NameList list;
  for (size_t i = 0; i < infos.size(); ++i) {
    for (const std::string& name : infos[i].names) {
      list.add(i, name);
    }
  }
  return list;
}

std::string_view full_name(const Names& names) { return names.empty() ? std::string_view("?") : names[0]; }

// "a, b, c", shortened: a program may have thousands.
template <typename Items, typename NameOf>
std::string enumerate(const Items& items, NameOf name_of) {
  constexpr size_t shown_max = 12;
  std::string text;
  for (size_t i = 0; i < items.size() && i < shown_max; ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", name_of(items[i]));
  }
  return items.size() > shown_max ? fmt::format("{} and {} more", text, items.size() - shown_max) : text;
}

// One thing of `infos`. `what` is "table", `owner` whose they are.
template <typename NamesOf>
Checked<uint32_t> find_one(const NameList& list, const Name& name, std::string_view what, std::string_view owner,
                           size_t count, NamesOf names_of) {
  const std::vector<size_t> found = list.find(name.text);
  if (found.size() == 1) {
    return static_cast<uint32_t>(found[0]);
  }
  const auto name_of = [&](size_t index) { return full_name(names_of(index)); };
  if (found.size() > 1) {
    return complain(name.column, fmt::format("{} {} of {} is ambiguous", what, quoted(name.text), owner),
                    fmt::format("It may be {}. Write more of the name.", enumerate(found, name_of)));
  }
  std::vector<size_t> all(count);
  for (size_t i = 0; i < count; ++i) {
    all[i] = i;
  }
  return complain(
      name.column, fmt::format("{} has no {} {}", owner, what, quoted(name.text)),
      count == 0 ? fmt::format("It has no {}s at all.", what) : fmt::format("It has {}.", enumerate(all, name_of)));
}

template <typename Info>
Checked<uint32_t> find_in(const NameList& list, const Name& name, std::string_view what,
                          const std::vector<Info>& infos) {
  return find_one(list, name, what, "the program", infos.size(),
                  [&](size_t index) -> const Names& { return infos[index].names; });
}

// Which parameter an argument is for: by its name, or the next one. Parameters have simple names.
Checked<size_t> find_parameter(const ActionInfo& action, const ArgumentText& argument, size_t position) {
  const auto name_of = [](const ParameterInfo& parameter) { return std::string_view(parameter.name); };
  if (argument.name.text.empty()) {
    if (position < action.parameters.size()) {
      return position;
    }
    return complain(argument.column,
                    fmt::format("action {} takes {} arguments", full_name(action.names), action.parameters.size()));
  }
  const auto found = std::ranges::find(action.parameters, argument.name.text, &ParameterInfo::name);
  if (found != action.parameters.end()) {
    return static_cast<size_t>(found - action.parameters.begin());
  }
  return complain(argument.name.column,
                  fmt::format("action {} has no parameter {}", full_name(action.names), quoted(argument.name.text)),
                  action.parameters.empty() ? "It has no parameters at all."
                                            : fmt::format("It has {}.", enumerate(action.parameters, name_of)));
}

Checked<std::vector<Bytes>> resolve_arguments(const ActionInfo& info, const ActionText& action) {
  std::vector<std::optional<Bytes>> given(info.parameters.size());
  for (size_t i = 0; i < action.arguments.size(); ++i) {
    const ArgumentText& argument = action.arguments[i];
    OR_ASSIGN(const size_t index, find_parameter(info, argument, i));
    const ParameterInfo& parameter = info.parameters[index];
    if (given[index].has_value()) {
      return complain(argument.column, fmt::format("parameter {} has two arguments", quoted(parameter.name)));
    }
    auto value = fit(argument.value, parameter.width);
    if (!value.has_value()) {
      return complain(argument.column, fmt::format("parameter {}: {}", quoted(parameter.name), value.error().what));
    }
    given[index] = std::move(*value);
  }
  std::vector<Bytes> arguments;
  for (size_t i = 0; i < given.size(); ++i) {
    if (!given[i].has_value()) {
      return complain(action.name.column, fmt::format("action {} lacks an argument for its parameter {}",
                                                      full_name(info.names), quoted(info.parameters[i].name)));
    }
    arguments.push_back(std::move(*given[i]));
  }
  return arguments;
}

// Whether two keys go by one name: a table may have the same field twice. Then what a script gives is for both.
bool have_same_name(const TableInfo& table, const std::vector<size_t>& keys) {
  return !keys.empty() &&
         std::ranges::all_of(keys, [&](size_t key) { return table.keys[key].names == table.keys[keys[0]].names; });
}

}  // namespace

Resolver::Resolver(const ProgramInfo& program)
    : program_(program),
      tables_(list_names(program.tables)),
      counters_(list_names(program.counters)),
      registers_(list_names(program.registers)),
      meters_(list_names(program.meters)) {
  for (const TableInfo& table : program.tables) {
    keys_.push_back(list_names(table.keys));
    NameList& actions = actions_.emplace_back();
    for (size_t i = 0; i < table.actions.size(); ++i) {
      check(table.actions[i].action < program.actions.size(), "a table's actions are the program's");
      for (const std::string& name : program.actions[table.actions[i].action].names) {
        actions.add(i, name);
      }
    }
  }
}

Checked<uint32_t> Resolver::find_table(const Name& name) const {
  return find_in(tables_, name, "table", program_.tables);
}

Checked<uint32_t> Resolver::find_counter(const Name& name) const {
  return find_in(counters_, name, "counter", program_.counters);
}

Checked<uint32_t> Resolver::find_register(const Name& name) const {
  return find_in(registers_, name, "register", program_.registers);
}

Checked<uint32_t> Resolver::find_meter(const Name& name) const {
  return find_in(meters_, name, "meter", program_.meters);
}

Checked<std::vector<KeyValue>> Resolver::resolve_keys(const TableInfo& table, uint32_t index,
                                                      const std::vector<KeyText>& keys) const {
  const std::string owner = fmt::format("table {}", full_name(table.names));
  std::vector<KeyValue> values;
  for (const KeyInfo& key : table.keys) {
    values.push_back(value_not_given(key.match_kind, key.width));
  }
  std::vector<bool> is_given(table.keys.size(), false);
  for (const KeyText& key : keys) {
    std::vector<size_t> found = keys_[index].find(key.name.text);
    if (!have_same_name(table, found)) {
      OR_ASSIGN(const uint32_t one, find_one(keys_[index], key.name, "key", owner, table.keys.size(),
                                             [&](size_t i) -> const Names& { return table.keys[i].names; }));
      found = {one};
    }
    for (const size_t at : found) {
      if (is_given[at]) {
        return complain(key.name.column, fmt::format("key {} has a value already", quoted(key.name.text)));
      }
      auto value = make_key_value(key.value, table.keys[at].match_kind, table.keys[at].width);
      if (!value.has_value()) {
        return complain(key.value.column, fmt::format("key {}: {}", quoted(key.name.text), value.error().what));
      }
      is_given[at] = true;
      values[at] = std::move(*value);
    }
  }
  return values;
}

Checked<ActionCall> Resolver::resolve_action(uint32_t table, const ActionText& action, ActionUse use) const {
  const TableInfo& info = program_.tables[table];
  const auto names_of = [&](size_t i) -> const Names& { return program_.actions[info.actions[i].action].names; };
  OR_ASSIGN(const uint32_t index,
            find_one(actions_[table], action.name, "action", fmt::format("table {}", full_name(info.names)),
                     info.actions.size(), names_of));
  const TableAction& found = info.actions[index];
  if (use == ActionUse::Entry && !found.may_be_in_entries) {
    return complain(action.name.column,
                    fmt::format("action {} is @defaultonly: no entry may have it", full_name(names_of(index))));
  }
  if (use == ActionUse::Default && !found.may_be_default) {
    return complain(action.name.column,
                    fmt::format("action {} is @tableonly: it cannot be the default", full_name(names_of(index))));
  }
  ActionCall call;
  call.action = found.action;
  OR_ASSIGN(call.arguments, resolve_arguments(program_.actions[found.action], action));
  return call;
}

Checked<Entry> Resolver::resolve(const Add& add) const {
  Entry entry;
  OR_ASSIGN(entry.table, find_table(add.table));
  OR_ASSIGN(entry.keys, resolve_keys(program_.tables[entry.table], entry.table, add.keys));
  OR_ASSIGN(entry.call, resolve_action(entry.table, add.action, ActionUse::Entry));
  entry.priority = add.priority.value_or(0);
  return entry;
}

Checked<DefaultAction> Resolver::resolve(const SetDefault& command) const {
  DefaultAction action;
  OR_ASSIGN(action.table, find_table(command.table));
  OR_ASSIGN(action.call, resolve_action(action.table, command.action, ActionUse::Default));
  return action;
}

}  // namespace outrigger::stf
