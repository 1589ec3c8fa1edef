// stages.h: printing a program as it is at the stages of the compiler, for `dump` and `compile --dump`.
#pragma once

#include "p4_cli/products.h"

namespace outrigger::p4_cli {

// `stages` as is_stage() knows them; `lowered` may be null where they need none. False when one could not be printed,
// or a program broke a rule of its own there, which is said on standard error.
bool print_stages(const p4::Compilation& compilation, const p4_ir::Program* lowered,
                  const std::vector<std::string>& stages, const std::string& verb);

// What stages there are, and what each is.
bool print_list();

}  // namespace outrigger::p4_cli
