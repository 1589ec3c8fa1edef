// What a table runs (P4-16 §14.2.1.3, §14.2.1.4): its default action and its entries.
#include <algorithm>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/entry_priority.h"
#include "p4/printer.h"

namespace outrigger::p4 {

namespace {

bool has_annotation(const TableAction& action, std::string_view name) {
  return std::ranges::any_of(action.annotations,
                             [&](const Annotation* annotation) { return annotation->name.text == name; });
}

const Expression* given(const BoundArgument& argument) {
  return argument.value != nullptr ? argument.value : argument.default_value;
}

const BoundArgument* argument_of(const Binding& binding, const Declaration* parameter) {
  const auto found = std::ranges::find(binding.arguments, parameter, &BoundArgument::parameter);
  return found == binding.arguments.end() ? nullptr : &*found;
}

// The compiler gives NoAction to tables that name no default (§14.2).
constexpr std::string_view no_action_name = "NoAction";

}  // namespace

void Checker::set_missing_default_action(TableDeclaration& table) {
  if (std::ranges::any_of(table.properties,
                          [](const TableProperty* property) { return property->name.text == "default_action"; })) {
    return;
  }
  const Scopes::Overloads& found = scopes_.lookup(no_action_name, true);
  auto* const action = found.empty() ? nullptr : as<ActionDeclaration>(found.front());
  if (action == nullptr || !action->parameters.empty()) {
    error(table.name.where,
          fmt::format("table '{}' has no default action, and there is no action NoAction() to stand for it",
                      table.name.text),
          "include <core.p4>, which declares it, or write default_action = …;");
    return;
  }
  table.default_action.action = action;
  const auto listed = std::ranges::find(table.actions, action, &TableAction::action);
  table.default_action.listed = listed != table.actions.end() ? *listed : nullptr;
}

void Checker::check_default_action(TableProperty& property, TableDeclaration& table) {
  auto* const call = as<CallExpression>(property.value);
  auto* const name = as<NameExpression>(call != nullptr ? call->callee : property.value);
  if (name == nullptr || (call != nullptr && call->has_type_arguments)) {
    error(property.value->where, "the default action is not an action",
          "write the name of an action of this table, with arguments where it has parameters");
    settle_poison(*property.value);
    return;
  }
  if (!table.actions.empty() && property.where.begin < table.actions.front()->where.begin) {
    warning("misplaced-default-action", property.name.where, "the default action comes before the list of actions",
            "put it behind 'actions'");
  }
  std::vector<Argument> none;
  TableDeclaration::DefaultAction& chosen = table.default_action;
  chosen.is_const = property.is_const;
  chosen.listed = check_action_use(name->name, name->is_global, call != nullptr ? call->arguments : none,
                                   property.value->where, table, chosen.binding);
  chosen.action = chosen.listed != nullptr ? chosen.listed->action : nullptr;
  name->symbol = chosen.action;
  settle(*name, chosen.action != nullptr ? types_.named(*chosen.action) : types_.poison());
  if (call != nullptr) {
    call->call_kind = CallKind::Action;
    call->target = chosen.action;
    settle(*call, types_.void_type());
  }
  if (chosen.listed != nullptr && has_annotation(*chosen.listed, "tableonly")) {
    error(property.value->where, fmt::format("action '{}' is @tableonly", name->name.text),
          "make another action the default, or leave the annotation away")
        .note(chosen.listed->where, "it is listed here");
  }
}

// PSA, "Action Selector". An action without parameters may be none of the table's.
void Checker::check_empty_group_action(TableProperty& property, TableDeclaration& table) {
  auto* const call = as<CallExpression>(property.value);
  auto* const name = as<NameExpression>(call != nullptr ? call->callee : property.value);
  if (name == nullptr || (call != nullptr && call->has_type_arguments)) {
    error(property.value->where, fmt::format("'{}' is not an action", property.name.text),
          "write the name of an action, with arguments where it has parameters");
    settle_poison(*property.value);
    return;
  }
  ActionDeclaration* const action = find_action(name->name, name->is_global);
  const bool is_listed = std::ranges::find(table.actions, action, &TableAction::action) != table.actions.end();
  TableDeclaration::DefaultAction& chosen = table.empty_group_action;
  if (action != nullptr &&
      (is_listed || !action->parameters.empty() || (call != nullptr && !call->arguments.empty()))) {
    std::vector<Argument> none;
    chosen.listed = check_action_use(name->name, name->is_global, call != nullptr ? call->arguments : none,
                                     property.value->where, table, chosen.binding);
    chosen.action = chosen.listed != nullptr ? chosen.listed->action : nullptr;
  } else {
    chosen.action = action;
  }
  name->symbol = chosen.action;
  settle(*name, chosen.action != nullptr ? types_.named(*chosen.action) : types_.poison());
  if (call != nullptr) {
    call->call_kind = CallKind::Action;
    call->target = chosen.action;
    settle(*call, types_.void_type());
  }
}

const TableAction* Checker::check_action_use(const Name& name, bool is_global, std::vector<Argument>& arguments,
                                             SourceRange where, TableDeclaration& table, Binding& binding) {
  ActionDeclaration* const action = find_action(name, is_global);
  const auto found = std::ranges::find(table.actions, action, &TableAction::action);
  if (action == nullptr || found == table.actions.end()) {
    for (Argument& argument : arguments) {
      if (argument.value != nullptr) {
        check(*argument.value);
      }
    }
    if (action != nullptr) {
      error(name.where,
            fmt::format("action '{}' is not in the list of actions of table '{}'", name.text, table.name.text),
            fmt::format("add it: actions = {{ …; {}; }}", name.text));
    }
    return nullptr;
  }
  const Signature signature = call_signature(*action, nullptr);
  if (!bind(signature, {}, arguments, where, binding) || !check_action_arguments(binding, **found)) {
    return nullptr;
  }
  return *found;
}

// Those with a direction stand as in the list, letter by letter; the others are known, since the control plane's
// entries are data too. Only the latter stay in the binding.
bool Checker::check_action_arguments(Binding& binding, const TableAction& listed) {
  bool is_good = true;
  Binding data;
  data.result = binding.result;
  for (const BoundArgument& argument : binding.arguments) {
    const auto& parameter = to<Parameter>(*argument.parameter);
    const Expression* const value = given(argument);
    if (parameter.direction == Direction::None) {
      if (value != nullptr && !value->is_known) {
        error(value->where, fmt::format("the argument '{}' is not known at compile time", parameter.name.text),
              "use constants only, as the control plane would");
        is_good = false;
      }
      data.arguments.push_back(argument);
      continue;
    }
    const BoundArgument* const before = argument_of(listed.binding, &parameter);
    const Expression* const wanted = before != nullptr ? given(*before) : nullptr;
    if (value == nullptr || wanted == nullptr) {
      continue;
    }
    if (const std::string text = to_text(*wanted); text != to_text(*value)) {
      error(value->where,
            fmt::format("the argument '{}' is another one than in the list of actions", parameter.name.text),
            fmt::format("write {}, as there", text))
          .note(wanted->where, "the list has this one");
      is_good = false;
    }
  }
  binding = std::move(data);
  return is_good;
}

void Checker::check_table_entries(TableDeclaration& table) {
  if (table.entries.empty()) {
    return;
  }
  const SourceRange first = table.entries.front()->where;
  if (table.keys.empty()) {
    error(first, fmt::format("table '{}' has entries but no key", table.name.text),
          "add a key, or leave the entries away");
    return;
  }
  if (first.begin < table.keys.front()->where.begin) {
    error(first, fmt::format("the entries of table '{}' come before its key", table.name.text),
          "put 'key' first: it says what each entry has")
        .note(table.keys.front()->where, "the key is here");
    return;
  }
  std::vector<const Type*> types;
  std::vector<MatchKindMember*> match_kinds;
  for (const TableKey* const key : table.keys) {
    types.push_back(key->expression->type);
    match_kinds.push_back(key->kind);
  }
  for (TableEntry* const entry : table.entries) {
    check_table_entry(*entry, table, types, match_kinds);
  }
  check_entry_priorities(table);
}

void Checker::check_table_entry(TableEntry& entry, TableDeclaration& table, std::span<const Type* const> key_types,
                                std::span<MatchKindMember* const> match_kinds) {
  check_annotations(entry.annotations, nullptr);
  check_keysets(entry.keysets, key_types, match_kinds, entry.where);
  if (entry.priority != nullptr) {
    require_count(*entry.priority, "the priority", 0, entry_priority_max);
    if (table.entries_const) {
      error(entry.priority->where, "an entry of 'const entries' has a priority",
            "leave it away: their order is their priority; or write 'entries' without 'const'");
    }
  }
  if (entry.action == nullptr) {
    return;
  }
  TableAction& action = *entry.action;
  check_annotations(action.annotations, nullptr);
  entry.listed = check_action_use(action.name, action.is_global, action.arguments, action.where, table, entry.binding);
  action.action = entry.listed != nullptr ? entry.listed->action : nullptr;
  if (entry.listed != nullptr && has_annotation(*entry.listed, "defaultonly")) {
    error(action.where, fmt::format("action '{}' is @defaultonly", action.name.text),
          "use another action in the entry, or leave the annotation away")
        .note(entry.listed->where, "it is listed here");
  }
}

}  // namespace outrigger::p4
