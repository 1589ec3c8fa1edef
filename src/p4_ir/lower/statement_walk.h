// A walk over statements and those inside them, for what looks at a whole lowered program.
#pragma once

#include "p4_ir/statement.h"

namespace outrigger::p4_ir {

// Calls `visit` with each, in order. Their depth is limited by the compiler (p4/limits.h).
template <typename Visit>
void for_each_statement(const Statements& statements, const Visit& visit) {
  for (Statement* const statement : statements) {
    visit(*statement);
    if (const auto* branch = as<If>(statement)) {
      for_each_statement(branch->if_true, visit);
      for_each_statement(branch->if_false, visit);
    } else if (const auto* loop = as<Loop>(statement)) {
      for_each_statement(loop->body, visit);
      for_each_statement(loop->update, visit);
    } else if (const auto* choice = as<Switch>(statement)) {
      for (const Switch::Case& one : choice->cases) {
        for_each_statement(one.body, visit);
      }
      for_each_statement(choice->otherwise, visit);
    }
  }
}

}  // namespace outrigger::p4_ir
