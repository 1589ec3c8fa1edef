// Folding of one binary expression; see fold.h.
#pragma once

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

const Expression* fold_binary(Program& program, const Binary& binary);

// Surely the same value: one node, or reads of one variable.
[[nodiscard]] bool is_same(const Expression* a, const Expression* b) noexcept;

}  // namespace outrigger::p4_ir
