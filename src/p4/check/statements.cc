// Statements (P4-16 §12): which may stand where, and what their expressions must be.
#include <fmt/format.h>

#include "p4/check/checker.h"

namespace outrigger::p4 {

void Checker::check_block(BlockStatement& block) {
  check_annotations(block.annotations, nullptr);
  const ScopeGuard scope(scopes_);
  for (Statement* const statement : block.statements) {
    check_statement(*statement);
  }
}

void Checker::check_statement(Statement& statement) {
  switch (statement.kind) {
    case StatementKind::Block: check_block(to<BlockStatement>(statement)); return;
    case StatementKind::Empty: return;
    case StatementKind::Assignment: check_assignment(to<AssignmentStatement>(statement)); return;
    case StatementKind::Call: check(*to<CallStatement>(statement).call); return;
    case StatementKind::Conditional: check_conditional(to<ConditionalStatement>(statement)); return;
    case StatementKind::Switch: check_switch(to<SwitchStatement>(statement)); return;
    case StatementKind::Return: check_return(to<ReturnStatement>(statement)); return;
    case StatementKind::Exit: check_exit(to<ExitStatement>(statement)); return;
    case StatementKind::For: check_for(to<ForStatement>(statement)); return;
    case StatementKind::ForIn: check_for_in(to<ForInStatement>(statement)); return;
    case StatementKind::Break: check_loop_exit(statement, "break"); return;
    case StatementKind::Continue: check_loop_exit(statement, "continue"); return;
    case StatementKind::Declaration: check_declaration(*to<DeclarationStatement>(statement).declaration); return;
  }
}

// P4-16 §12.6. Each branch is a scope of its own; chains of `else if` are walked along, as long as they are.
void Checker::check_conditional(ConditionalStatement& statement) {
  ConditionalStatement* one = &statement;
  while (one != nullptr) {
    check_as(*one->condition, types_.boolean(), "the condition of 'if'");
    {
      const ScopeGuard scope(scopes_);
      check_statement(*one->if_true);
    }
    if (one->if_false == nullptr) {
      return;
    }
    auto* const next = as<ConditionalStatement>(one->if_false);
    if (next == nullptr) {
      const ScopeGuard scope(scopes_);
      check_statement(*one->if_false);
    }
    one = next;
  }
}

// P4-16 §12.1.
void Checker::check_assignment(AssignmentStatement& assignment) {
  Expression& left = *assignment.left;
  Expression& right = *assignment.right;
  if (!assignment.op.has_value()) {
    const Type* const type = check(left);
    const bool is_l_value = !type->is_poison() && require_l_value(left, "the left side of the assignment");
    if (is_l_value) {
      check_as(right, type, "the right side of the assignment");
    } else {
      check(right);
    }
    return;
  }
  // `a += b` has the rules of `a = a + b`; this node lives for the check only.
  auto* const operation = program_.arena.make<BinaryExpression>();
  operation->where = assignment.where;
  operation->op = *assignment.op;
  operation->left = &left;
  operation->right = &right;
  const Type* const type = check(*operation);
  if (left.type->is_poison() || !require_l_value(left, "the left side of the assignment") || type->is_poison()) {
    return;
  }
  convert(*operation, left.type, "the right side of the assignment");
}

// P4-16 §12.4.
void Checker::check_return(ReturnStatement& statement) {
  if (site_ == Site::ParserState) {
    error(statement.where, "a parser has no 'return'", "end the state with 'transition accept;' or another state");
    return;
  }
  outrigger::check(result_ != nullptr, "a return inside of something that ends");
  if (statement.result == nullptr) {
    if (!result_->is(TypeKind::Void) && !result_->is_poison()) {
      error(statement.where, fmt::format("this returns nothing, but a value of type '{}' is needed", to_text(result_)),
            "write what it returns: return VALUE;");
    }
    return;
  }
  if (!result_->is(TypeKind::Void)) {
    check_as(*statement.result, result_, "the returned value");
    return;
  }
  check(*statement.result);
  const bool is_function = site_ == Site::Function || site_ == Site::AbstractMethod;
  error(statement.result->where, is_function ? "this function returns void" : "only functions return values",
        is_function ? "leave the value away, or give the function another result type"
                    : "leave the value away, and pass results through parameters");
}

// P4-16 §12.5.
void Checker::check_exit(const ExitStatement& statement) {
  if (site_ == Site::ParserState) {
    error(statement.where, "a parser has no 'exit'", "end the state with 'transition reject;' or another state");
  } else if (site_ == Site::Function || site_ == Site::AbstractMethod) {
    error(statement.where, "a function has no 'exit'", "use 'return', and let the caller decide");
  }
}

}  // namespace outrigger::p4
