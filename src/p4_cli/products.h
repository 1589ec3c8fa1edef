// products.h: what several verbs make of a checked program.
#pragma once

#include <optional>
#include <string>

#include "p4_cli/load.h"
#include "p4_ir/program.h"

namespace outrigger::p4_cli {

// Nothing when P4Runtime refuses the program; why is in the compilation's diagnostics, which are not printed here.
std::optional<std::string> p4_info_of(p4::Compilation& compilation, InfoFormat format, bool has_locations = false);
// The rules of its own that a lowered program breaks, printed on standard error; false if there are any.
bool is_sound(const p4_ir::Program& program, const std::string& verb);
// Makes the file or writes over it; false, with the reason on standard error, when that failed.
bool write_file(const std::string& path, const std::string& bytes, const std::string& verb);

}  // namespace outrigger::p4_cli
