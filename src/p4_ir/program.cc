// The lowered program's own bookkeeping.
#include "p4_ir/program.h"

#include <algorithm>

namespace outrigger::p4_ir {

VariableId Program::add_variable(std::string name, uint32_t width, bool is_varbit, bool is_signed) {
  const auto id = static_cast<VariableId>(variables.size());
  while (!variables_by_name_.emplace(name, id).second) {
    name += "'";  // names of two blocks may meet; which is which does not matter to engines
  }
  variables.push_back({.name = std::move(name), .width = width, .is_varbit = is_varbit, .is_signed = is_signed});
  return id;
}

std::optional<VariableId> Program::find_variable(std::string_view name) const {
  const auto found = variables_by_name_.find(name);
  return found == variables_by_name_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<uint32_t> Program::find_error(std::string_view name) const {
  const auto found = std::find(errors.begin(), errors.end(), name);
  return found == errors.end() ? std::nullopt : std::optional(static_cast<uint32_t>(found - errors.begin()));
}

const Block* Program::find_block(std::string_view role) const {
  const auto found = std::find_if(blocks.begin(), blocks.end(), [&](const Block& block) { return block.role == role; });
  return found == blocks.end() ? nullptr : &*found;
}

}  // namespace outrigger::p4_ir
