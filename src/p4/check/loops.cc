// `for`, `break` and `continue` (P4-16 §12.8).
#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/restored.h"

namespace outrigger::p4 {

void Checker::check_loop_exit(const Statement& statement, std::string_view keyword) {
  if (loop_depth_ == 0) {
    error(statement.where, fmt::format("'{}' is outside of any loop", keyword),
          "use 'return' to leave a block of statements early");
  }
}

void Checker::check_for(ForStatement& statement) {
  check_annotations(statement.annotations, nullptr);
  if (site_ == Site::ParserState) {
    error(statement.where, "a parser has no 'for'", "make a loop of states: transition back to one that came before");
  }
  const ScopeGuard scope(scopes_);
  for (Statement* const initial : statement.initial) {
    check_statement(*initial);
  }
  if (statement.condition != nullptr) {
    check_as(*statement.condition, types_.boolean(), "the condition of 'for'");
  }
  for (Statement* const update : statement.update) {
    check_statement(*update);
  }
  const Restored depth(loop_depth_, loop_depth_ + 1);
  const ScopeGuard body(scopes_);
  check_statement(*statement.body);
}

void Checker::check_for_in(ForInStatement& statement) {
  check_annotations(statement.annotations, nullptr);
  if (site_ == Site::ParserState) {
    error(statement.where, "a parser has no 'for'", "make a loop of states: transition back to one that came before");
  }
  const ScopeGuard scope(scopes_);
  const Type* element = types_.poison();
  if (statement.variable != nullptr) {
    check_declaration(*statement.variable);
    element = statement.variable->checked_type;
  } else {
    const Type* const type = check(*statement.variable_use);
    if (!type->is_poison() && require_l_value(*statement.variable_use, "the variable of 'for'")) {
      element = type;
    }
  }
  check_collection(*statement.collection, element);
  const Restored depth(loop_depth_, loop_depth_ + 1);
  const ScopeGuard body(scopes_);
  check_statement(*statement.body);
}

// A range has the type of the variable; a stack or list has elements of this type.
void Checker::check_collection(Expression& collection, const Type* element) {
  auto* const range = as<BinaryExpression>(&collection);
  if (range != nullptr && range->op == BinaryOperator::Range) {
    if (!element->is_fixed_integer() && !element->is_poison()) {
      error(range->where, fmt::format("a range cannot give values of type '{}'", to_text(element)),
            "the variable of a loop over a range is bit<W> or int<W>");
      element = types_.poison();
    }
    const bool has_left = check_as(*range->left, element, "the beginning of the range");
    const bool has_right = check_as(*range->right, element, "the end of the range");
    settle(collection, has_left && has_right ? types_.set(element) : types_.poison(),
           range->left->is_known && range->right->is_known);
    return;
  }
  const Type* type = check(collection, element->is_poison() ? nullptr : types_.list(element));
  if (type->is_poison() || element->is_poison()) {
    return;
  }
  if (collection.kind == ExpressionKind::List) {
    convert(collection, types_.list(element), "what the loop goes over");
    return;
  }
  if (!type->is(TypeKind::Stack) && !type->is(TypeKind::List)) {
    error(collection.where, fmt::format("a loop cannot go over a value of type '{}'", to_text(type)),
          "it goes over a range, as 1 .. 4, a stack, an array or a list");
  } else if (type->arguments.front() != element) {
    error(collection.where,
          fmt::format("the elements have the type '{}', the variable of the loop has '{}'",
                      to_text(type->arguments.front()), to_text(element)),
          fmt::format("declare the variable as {}", to_text(type->arguments.front())));
  }
}

}  // namespace outrigger::p4
