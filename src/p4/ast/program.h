// A parsed program: its declarations in order, and the arena that owns its nodes.
#pragma once

#include <memory>
#include <vector>

#include "p4/ast/declaration.h"

namespace outrigger::p4 {

struct Program {
  Arena arena;
  std::vector<Declaration*> declarations;  // of the top level, in the order of the text

  // Filled in by the checker.
  std::vector<ErrorMember*> errors;           // by number
  std::vector<MatchKindMember*> match_kinds;  // in order
  InstantiationDeclaration* main = nullptr;   // null: none (a library; `compile` asks for one)
};

}  // namespace outrigger::p4
