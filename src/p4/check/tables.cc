// Tables (P4-16 §14.2): keys, the list of actions, properties. Entries and the default action: table_entries.cc.
#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"
#include "p4/check/restored.h"

namespace outrigger::p4 {

namespace {

bool may_be_key(const Type* type) {
  switch (underlying(type)->kind) {
    case TypeKind::Poison:
    case TypeKind::Bit:
    case TypeKind::SignedInt:
    case TypeKind::Bool:
    case TypeKind::Enum:
    case TypeKind::Error:
    case TypeKind::Variable: return true;
    default: return false;
  }
}

// §18.3.1.3: expressions from which the control plane's name of a part of the key is made; others are given one.
bool names_itself(const Expression& expression) {
  if (expression.is_known) {
    return true;
  }
  switch (expression.kind) {
    case ExpressionKind::Name: return true;
    case ExpressionKind::Member: return names_itself(*to<MemberExpression>(expression).base);
    case ExpressionKind::Index: {
      const auto& index = to<IndexExpression>(expression);
      return names_itself(*index.base) && names_itself(*index.index);
    }
    case ExpressionKind::Slice: return names_itself(*to<SliceExpression>(expression).base);
    case ExpressionKind::Cast: return names_itself(*to<CastExpression>(expression).operand);
    case ExpressionKind::Binary: {
      const auto& binary = to<BinaryExpression>(expression);
      return binary.op == BinaryOperator::BitAnd && names_itself(*binary.left) && names_itself(*binary.right);
    }
    case ExpressionKind::Call: {
      const auto* const callee = as<MemberExpression>(to<CallExpression>(expression).callee);
      return callee != nullptr && callee->member_kind == MemberKind::IsValid && names_itself(*callee->base);
    }
    default: return false;
  }
}

bool has_name(const TableKey& key) {
  return std::ranges::any_of(key.annotations, [](const Annotation* annotation) {
    return annotation->name.text == "name" || annotation->name.text == "hidden";
  });
}

}  // namespace

void Checker::check_table(TableDeclaration& table) {
  if (site_ != Site::ControlLocal) {
    error(table.name.where, fmt::format("table '{}' cannot be declared here", table.name.text),
          "declare it in a control, before its apply block");
  }
  {
    const Restored current(table_, &table);
    const Restored at(site_, Site::TableProperty);
    check_table_keys(table);
    check_table_actions(table);
    set_missing_default_action(table);
    check_table_properties(table);
    check_table_entries(table);
  }
  table.checked_type = types_.named(table);
  declare(table);
}

// §14.2.1.1.
void Checker::check_table_keys(TableDeclaration& table) {
  const Restored at(site_, Site::TableKey);
  for (TableKey* const key : table.keys) {
    check_annotations(key->annotations, nullptr);
    key->kind = find_match_kind(key->match_kind);
    const Type* const type = check(*key->expression);
    if (may_be_key(type)) {
      if (!type->is_poison() && !names_itself(*key->expression) && !has_name(*key)) {
        error(key->expression->where, "this part of the key needs a name for the control plane",
              fmt::format("write one: {}: {} @name(\"…\");", short_text(*key->expression, "…"), key->match_kind.text));
      }
      continue;
    }
    error(key->expression->where, fmt::format("a key cannot have the type '{}'", to_text(type)),
          type->is(TypeKind::Int) ? "give the number a width, as (bit<8>)…"
          : type->is(TypeKind::Header) || type->is(TypeKind::HeaderUnion)
              ? "use its fields, or isValid()"
              : "a key is bit<W>, int<W>, bool, an enum or an error; write each part of others as a key of its own");
    settle_poison(*key->expression);
  }
}

ActionDeclaration* Checker::find_action(const Name& name, bool is_global) {
  const Scopes::Overloads& found = scopes_.lookup(name.text, is_global);
  if (found.empty()) {
    unknown_name(name, "action");
    return nullptr;
  }
  auto* const action = as<ActionDeclaration>(found.front());
  if (action == nullptr) {
    error(name.where, fmt::format("'{}' is not an action", name.text), "name an action here")
        .note(found.front()->name.where, fmt::format("'{}' is declared here", name.text));
    return nullptr;
  }
  warn_deprecated(*action, name.where);
  return action;
}

// §14.2.1.2.
void Checker::check_table_actions(TableDeclaration& table) {
  if (!table.has_actions) {
    error(table.name.where, fmt::format("table '{}' has no list of actions", table.name.text),
          "add actions = { NoAction; }, or those that it may run");
    return;
  }
  std::unordered_map<std::string_view, const TableAction*> names;
  for (TableAction* const action : table.actions) {
    check_table_action(*action);
    if (const auto [before, is_new] = names.emplace(action->name.text, action); !is_new) {
      error(action->name.where, fmt::format("table '{}' lists action '{}' twice", table.name.text, action->name.text),
            "leave one of them away; two actions of one name cannot be in one table")
          .note(before->second->name.where, "the first is here");
    }
  }
}

// Parameters with a direction are bound in the list, the others by the entries.
void Checker::check_table_action(TableAction& action) {
  check_annotations(action.annotations, nullptr);
  action.action = find_action(action.name, action.is_global);
  if (action.action == nullptr) {
    return;
  }
  std::vector<Parameter*> bound;
  std::ranges::copy_if(action.action->parameters, std::back_inserter(bound),
                       [](const Parameter* parameter) { return parameter->direction != Direction::None; });
  if (action.arguments.size() > bound.size()) {
    error(action.name.where,
          fmt::format("action '{}' is given {} argument{} here, but has {} parameter{} with a direction",
                      action.name.text, action.arguments.size(), action.arguments.size() == 1 ? "" : "s", bound.size(),
                      bound.size() == 1 ? "" : "s"),
          "leave the action's data away: entries and the default action give it");
    return;
  }
  Signature signature = call_signature(*action.action, nullptr);
  signature.parameters = bound;
  bind(signature, {}, action.arguments, action.where, action.binding);
}

void Checker::check_table_properties(TableDeclaration& table) {
  std::unordered_map<std::string_view, const TableProperty*> names;
  for (TableProperty* const property : table.properties) {
    check_annotations(property->annotations, nullptr);
    if (const auto [before, is_new] = names.emplace(property->name.text, property); !is_new) {
      error(property->name.where, fmt::format("table '{}' has '{}' twice", table.name.text, property->name.text),
            "leave one of them away")
          .note(before->second->name.where, "the first is here");
      continue;
    }
    check_table_property(*property, table);
  }
}

void Checker::check_table_property(TableProperty& property, TableDeclaration& table) {
  const std::string& name = property.name.text;
  if (name == "default_action") {
    check_default_action(property, table);
    return;
  }
  if (name == "psa_empty_group_action" || name == "pna_empty_group_action") {
    check_empty_group_action(property, table);
    return;
  }
  Expression& value = *property.value;
  const Type* const type = check(value);
  if (type->is_poison()) {
    return;
  }
  if (name == "size" || name == "priority_delta") {
    const Value* const known = converted_value(value);
    const Integer* const number = known != nullptr ? known->number() : nullptr;
    if (!type->is_integer() || !value.is_known) {
      error(value.where, fmt::format("'{}' is not a number that is known at compile time", name));
    } else if (number != nullptr && sgn(*number) < (name == "size" ? 0 : 1)) {
      error(value.where, fmt::format("'{}' is too small", name), "write a positive number");
    }
  } else if (name == "largest_priority_wins" && (!type->is(TypeKind::Bool) || !value.is_known)) {
    error(value.where, "'largest_priority_wins' is neither true nor false", "write one of these");
  }
}

}  // namespace outrigger::p4
