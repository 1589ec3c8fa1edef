// Does a statement return on every way through it? For functions that have a result (P4-16 §10).
#pragma once

#include "p4/ast/statement.h"

namespace outrigger::p4 {

bool always_returns(const Statement& statement);

}  // namespace outrigger::p4
