// What an architecture can see: see observed.h.
#include "p4_ir/passes/observed.h"

#include <algorithm>

namespace outrigger::p4_ir {

std::vector<bool> observed_variables(const Program& program) {
  const bool is_silent = std::any_of(program.blocks.begin(), program.blocks.end(),
                                     [](const Block& block) { return block.parameters.empty(); });
  std::vector<bool> observed(program.variables.size(), is_silent || program.blocks.empty());
  const auto add = [&](VariableId variable) { observed[index_of(variable)] = true; };
  add(program.exited);
  add(program.parser_error);
  for (const Block& block : program.blocks) {
    for (const Block::Parameter& parameter : block.parameters) {
      std::for_each(parameter.variables.begin(), parameter.variables.end(), add);
      for (const HeaderId header : parameter.headers) {
        add(program.at(header).valid);
        std::for_each(program.at(header).fields.begin(), program.at(header).fields.end(), add);
      }
    }
  }
  for (const auto& [number, variables] : program.field_lists) {
    std::for_each(variables.begin(), variables.end(), add);
  }
  return observed;
}

}  // namespace outrigger::p4_ir
