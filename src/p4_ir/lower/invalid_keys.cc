// invalid_keys.cc: headers that a control may make invalid, and keys that are fields of them.
#include "p4_ir/lower/invalid_keys.h"

#include <algorithm>
#include <map>
#include <set>

#include "p4_ir/passes/walk.h"

namespace outrigger::p4_ir {
namespace {

bool is_one(const Expression* value) {
  const auto* constant = as<Constant>(value);
  return constant != nullptr && !constant->value.is_zero();
}

// The variables that controls give something else than 1.
std::set<VariableId> assigned_not_one(const Program& program) {
  std::set<VariableId> found;
  for (const Procedure& procedure : program.procedures) {
    for_each_statement(procedure.body, [&](const Statement& statement) {
      if (const auto* assign = as<Assign>(&statement); assign != nullptr && !is_one(assign->value)) {
        found.insert(assign->variable);
      }
    });
  }
  return found;
}

}  // namespace

void clear_keys_of_invalid_headers(Program& program) {
  const bool has_keys = std::ranges::any_of(program.tables, [](const Table& table) { return !table.keys.empty(); });
  if (!has_keys) {
    return;
  }
  const std::set<VariableId> assigned = assigned_not_one(program);
  std::map<VariableId, VariableId> valid_of;  // of fields of headers that may have become invalid
  for (const Header& header : program.headers) {
    for (const VariableId field : header.fields) {
      if (assigned.contains(header.valid)) {
        valid_of[field] = header.valid;
      }
    }
  }
  for (Table& table : program.tables) {
    for (TableKey& key : table.keys) {
      const auto* read = as<Read>(key.value);
      const auto found = read == nullptr ? valid_of.end() : valid_of.find(read->variable);
      if (found != valid_of.end()) {
        key.value = program.expression<Choose>(program.expression<Read>(found->second, 1U), read,
                                               program.expression<Constant>(Bits(key.width)));
      }
    }
  }
}

}  // namespace outrigger::p4_ir
