// How a P4 value lies in flat variables, and what an expression becomes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "p4/instance_tree.h"
#include "p4_ir/program.h"

namespace outrigger::p4_ir {

// The storage of one P4 variable: the variables of everything inside, as a tree in the shape of its type. A scalar has
// a variable and no parts; a struct, tuple, union or stack has parts; a header has parts (its fields) and an entry in
// Program::headers.
struct Place {
  const p4::Type* type = nullptr;
  std::optional<VariableId> variable;  // a scalar or varbit
  std::optional<HeaderId> header;
  std::optional<VariableId> next;  // a stack's next index
  std::vector<Place*> parts;
  Place* in_union = nullptr;  // of a header in a union: the union
};

// What an expression is worth: expressions in the shape of its type. `type` is null only for void.
struct Operand {
  const p4::Type* type = nullptr;
  const Expression* scalar = nullptr;
  std::optional<VariableId> varbit = std::nullopt;
  const Expression* valid = nullptr;  // a header's
  const Expression* next = nullptr;   // a stack's
  std::vector<Operand> parts = {};
  const p4::Value* value = nullptr;  // of type int or string, and whatever else is known
  p4::Instance* instance = nullptr;  // an extern's
};

// What may stand on the left: a place, or one of several that run-time indices choose from, or some bits of it.
struct LValue {
  struct Alternative {
    const Expression* condition = nullptr;  // null: always
    Place* place = nullptr;
  };
  const p4::Type* type = nullptr;         // after slicing
  std::vector<Alternative> alternatives;  // their conditions exclude one another; none holds: outside of the stack
  struct Range {
    uint32_t high = 0;
    uint32_t low = 0;
  };
  std::optional<Range> slice;
  const Expression* moved = nullptr;  // x[low +: width] with a low bit that is not known: the slice is of x >> this
  struct NextIndex {
    const Expression* condition = nullptr;  // null: always
    VariableId variable{};
  };
  std::vector<NextIndex> next_indices;  // of stack.next, for each stack that it may be of: after an extract they go on
  bool is_ignored = false;              // `_` as an out argument
};

}  // namespace outrigger::p4_ir
