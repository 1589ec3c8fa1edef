// Loops are taken to run no time at all, and conditions to have either value: no constant is looked at.
#include "p4/check/returns.h"

#include <algorithm>

namespace outrigger::p4 {

namespace {

bool always_returns_from(const SwitchStatement& statement) {
  bool has_default = false;
  for (const SwitchCase* const one : statement.cases) {
    has_default |= one->label == nullptr;
    if (one->block != nullptr && !always_returns(*one->block)) {
      return false;
    }
  }
  return has_default && statement.cases.back()->block != nullptr;
}

// Chains of `else if` are as long as a program likes: no recursion along them.
bool always_returns_from(const ConditionalStatement& statement) {
  const ConditionalStatement* one = &statement;
  while (always_returns(*one->if_true) && one->if_false != nullptr) {
    const auto* const next = as<ConditionalStatement>(one->if_false);
    if (next == nullptr) {
      return always_returns(*one->if_false);
    }
    one = next;
  }
  return false;
}

}  // namespace

bool always_returns(const Statement& statement) {
  switch (statement.kind) {
    case StatementKind::Return:
    case StatementKind::Exit: return true;
    case StatementKind::Block:
      return std::ranges::any_of(to<BlockStatement>(statement).statements,
                                 [](const Statement* inner) { return always_returns(*inner); });
    case StatementKind::Conditional: return always_returns_from(to<ConditionalStatement>(statement));
    case StatementKind::Switch: return always_returns_from(to<SwitchStatement>(statement));
    default: return false;
  }
}

}  // namespace outrigger::p4
