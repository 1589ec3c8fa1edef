// extern_calls.h: where a program calls externs.
#pragma once

#include <functional>

#include "p4_ir/program.h"

namespace outrigger::p4_target {

// In procedures and parsers, in no order that means anything.
void for_each_extern_call(const p4_ir::Program& program, const std::function<void(const p4_ir::CallExtern&)>& visit);

}  // namespace outrigger::p4_target
