// `switch` (P4-16 §12.7): on the action that a table ran, or on a value.
#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "p4/check/checker.h"

namespace outrigger::p4 {

namespace {

bool may_be_switched_on(const Type* type) {
  switch (type->kind) {
    case TypeKind::Poison:
    case TypeKind::Bit:
    case TypeKind::SignedInt:
    case TypeKind::Int:
    case TypeKind::Bool:
    case TypeKind::Enum:
    case TypeKind::Error:
    case TypeKind::NewType: return true;
    default: return false;
  }
}

// Values that are written the same way are looked at one by one.
using Labels = std::unordered_map<std::string, std::vector<const Expression*>>;

}  // namespace

void Checker::check_switch(SwitchStatement& statement) {
  if (site_ == Site::ParserState) {
    error(statement.where, "a parser has no 'switch'", "use 'transition select', or 'if'");
    return;
  }
  const Type* const type = check(*statement.subject);
  check_switch_defaults(statement);
  if (type->is(TypeKind::ActionList)) {
    if (site_ != Site::ControlApply) {
      error(statement.subject->where, "'action_run' can be switched on only in a control's apply block",
            "apply the table there");
    }
    check_action_switch(statement, to<TableDeclaration>(*type->declaration));
  } else if (may_be_switched_on(type)) {
    check_value_switch(statement);
  } else {
    error(statement.subject->where, fmt::format("'switch' cannot be on a value of type '{}'", to_text(type)),
          "switch on bit<W>, int<W>, an enum, an error, or on t.apply().action_run");
  }
  for (const SwitchCase* const one : statement.cases) {
    if (one->block != nullptr) {
      check_block(*one->block);
    }
  }
}

void Checker::check_switch_defaults(SwitchStatement& statement) {
  for (size_t i = 0; i + 1 < statement.cases.size(); ++i) {
    if (statement.cases[i]->label == nullptr) {
      const bool is_second = statement.cases.back()->label == nullptr;
      error(statement.cases[i]->where,
            is_second ? "this 'switch' has more than one 'default'" : "'default' is not the last label",
            is_second ? "leave this one away" : "put it at the end");
    }
  }
}

void Checker::check_action_switch(SwitchStatement& statement, const TableDeclaration& table) {
  std::unordered_map<std::string_view, ActionDeclaration*> actions;
  for (const TableAction* const listed : table.actions) {
    actions.emplace(listed->name.text, listed->action);
  }
  if (ActionDeclaration* const implied = table.default_action.action; implied != nullptr) {
    actions.emplace(implied->name.text, implied);
  }
  std::unordered_map<std::string_view, const Expression*> seen;
  for (const SwitchCase* const one : statement.cases) {
    if (one->label == nullptr) {
      continue;
    }
    auto* const label = as<NameExpression>(one->label);
    const auto action = label != nullptr ? actions.find(label->name.text) : actions.end();
    if (action == actions.end()) {
      error(one->label->where,
            label != nullptr ? fmt::format("'{}' is not an action of table '{}'", label->name.text, table.name.text)
                             : fmt::format("a label is not the name of an action of table '{}'", table.name.text),
            "the labels are names from the table's list of actions");
      settle_poison(*one->label);
      continue;
    }
    label->symbol = action->second;
    settle(*label, action->second != nullptr ? types_.named(*action->second) : types_.poison());
    if (const auto [before, is_new] = seen.emplace(label->name.text, label); !is_new) {
      error(label->where, fmt::format("this 'switch' has '{}' twice", label->name.text), "leave one of them away")
          .note(before->second->where, "the first is here");
    }
  }
}

void Checker::check_value_switch(SwitchStatement& statement) {
  // A serializable enum is compared as the number that it is, as in a select (§8.3).
  const Type* const subject = statement.subject->type;
  const Type* const type = subject->is_serializable_enum() ? subject->arguments[0] : subject;
  Labels seen;
  for (const SwitchCase* const one : statement.cases) {
    if (one->label == nullptr) {
      continue;
    }
    Expression& label = *one->label;
    if (!check_as(label, type, "a label")) {
      continue;
    }
    if (!label.is_known) {
      error(label.where, "a label is not known at compile time", "use constants, or 'if' instead of 'switch'");
      continue;
    }
    const Value* const value = converted_value(label);
    if (value == nullptr) {
      continue;
    }
    std::vector<const Expression*>& same = seen[to_text(*value)];
    const auto before =
        std::ranges::find_if(same, [&](const Expression* other) { return equal(*converted_value(*other), *value); });
    if (before != same.end()) {
      error(label.where, fmt::format("this 'switch' has the value {} twice", to_text(*value)),
            "leave one of the labels away")
          .note((*before)->where, "the first is here");
      continue;
    }
    same.push_back(&label);
  }
}

}  // namespace outrigger::p4
