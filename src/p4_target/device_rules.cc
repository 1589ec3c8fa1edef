// device_rules.cc: rules of tables and arrays, one function each.
#include "p4_target/device_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "p4_ir/passes/walk.h"
#include "p4_ir/printer.h"
#include "p4_target/extern_argument.h"
#include "p4_target/extern_arrays.h"
#include "p4_target/extern_calls.h"
#include "p4_target/match_table.h"
#include "p4_target/target.h"
#include "pipeline/limits.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::ExternId;
using p4_ir::MatchKind;
using p4_ir::Program;
using p4_ir::Table;
using p4_ir::TableKey;

bool has_ranked_key(const Table& table) {
  return std::ranges::any_of(table.keys, [](const TableKey& key) {
    return key.kind == MatchKind::Ternary || key.kind == MatchKind::Range || key.kind == MatchKind::Optional;
  });
}

// BMv2's compiler leaves tables away that nothing applies, and does not look at them.
std::set<const Table*> applied_tables(const Program& program) {
  std::set<const Table*> applied;
  for (const p4_ir::Procedure& procedure : program.procedures) {
    p4_ir::for_each_statement(procedure.body, [&](const p4_ir::Statement& statement) {
      if (const auto* apply = p4_ir::as<p4_ir::ApplyTable>(&statement)) {
        applied.insert(&program.at(apply->table));
      }
    });
  }
  return applied;
}

// As BMv2's compiler: beside a key of a kind that priorities choose among, an lpm key is a mask like others.
void check_lpm_keys(const Table& table, p4::Diagnostics& diagnostics) {
  if (has_ranked_key(table)) {
    return;
  }
  const TableKey* first = nullptr;
  for (const TableKey& key : table.keys) {
    if (key.kind != MatchKind::Lpm) {
      continue;
    }
    if (first != nullptr) {
      diagnostics
          .error(
              key.where,
              fmt::format("the key of table '{}' has two lpm fields: neither prefix would be the longest", table.name),
              "make one of them ternary")
          .note(first->where, "the first one is here");
      return;
    }
    first = &key;
  }
}

void check_selector_keys(const Table& table, p4::Diagnostics& diagnostics) {
  const auto key = std::ranges::find(table.keys, MatchKind::Selector, &TableKey::kind);
  if (key != table.keys.end() && !table.implementation.has_value()) {
    diagnostics.warning(
        "unused-selector-key", key->where,
        fmt::format("the selector key '{}' does nothing: table '{}' has no action selector", key->name, table.name),
        "give the table an action selector as its implementation");
  }
}

// A table has no index for what its properties name.
void check_properties(const Program& program, const Table& table, p4::Diagnostics& diagnostics) {
  for (const ExternId id : table.direct_externs) {
    const p4_ir::Extern& named = program.at(id);
    const bool is_array =
        ExternArrays::is_counter(named) || ExternArrays::is_meter(named) || ExternArrays::is_register(named);
    if (is_array && !ExternArrays::is_direct(named)) {
      diagnostics
          .error(table.where,
                 fmt::format("a property of table '{}' names the {} '{}', whose cells are not the table's entries",
                             table.name, named.type_name, named.name),
                 "name a direct counter or meter, or an action profile or selector as the implementation")
          .note(named.where, "it is declared here");
    }
  }
}

// The cells of a direct extern are its table's entries.
void check_owners(const Program& program, const std::set<const Table*>& applied, p4::Diagnostics& diagnostics) {
  std::map<ExternId, const Table*> owners;
  for (const Table& table : program.tables) {
    for (const ExternId id : table.direct_externs) {
      const p4_ir::Extern& direct = program.at(id);
      const auto [owner, is_new] = owners.try_emplace(id, &table);
      if (is_new || owner->second == &table || !ExternArrays::is_direct(direct) || !applied.contains(&table)) {
        continue;
      }
      if (!applied.contains(owner->second)) {
        owner->second = &table;
        continue;
      }
      diagnostics
          .error(table.where,
                 fmt::format("the {} '{}' belongs to two tables, '{}' and '{}'", direct.type_name, direct.name,
                             owner->second->name, table.name),
                 fmt::format("give each table a {} of its own", direct.type_name))
          .note(owner->second->where, fmt::format("table '{}' has it first", owner->second->name))
          .note(direct.where, "it is declared here");
    }
  }
  std::set<ExternId> warned;
  for_each_extern_call(program, [&](const p4_ir::CallExtern& call) {
    if (call.instance == ExternId::None || !ExternArrays::is_direct(program.at(call.instance)) ||
        owners.contains(call.instance) || !warned.insert(call.instance).second) {
      return;
    }
    const p4_ir::Extern& direct = program.at(call.instance);
    diagnostics
        .warning("no-table", call.where,
                 fmt::format("this does nothing: the {} '{}' belongs to no table", direct.type_name, direct.name),
                 "name it in a property of the table whose entries it is for")
        .note(direct.where, "it is declared here");
  });
}

std::vector<const TableKey*> selector_keys(const Table& table) {
  std::vector<const TableKey*> keys;
  for (const TableKey& key : table.keys) {
    if (key.kind == MatchKind::Selector) {
      keys.push_back(&key);
    }
  }
  return keys;
}

bool select_alike(const Program& program, const Table& one, const Table& other) {
  return std::ranges::equal(selector_keys(one), selector_keys(other), [&](const TableKey* a, const TableKey* b) {
    return a->width == b->width &&
           (a->name == b->name || p4_ir::to_text(program, *a->value) == p4_ir::to_text(program, *b->value));
  });
}

// Tables that share an action profile share its members and groups.
void check_shared_profiles(const Program& program, const std::set<const Table*>& applied,
                           p4::Diagnostics& diagnostics) {
  std::map<ExternId, const Table*> first_users;
  for (const Table& table : program.tables) {
    if (!table.implementation.has_value()) {
      continue;
    }
    const Table& first = *first_users.try_emplace(*table.implementation, &table).first->second;
    const p4_ir::Extern& profile = program.at(*table.implementation);
    if (applied.contains(&first) && applied.contains(&table) && !select_alike(program, first, table)) {
      diagnostics
          .error(table.where,
                 fmt::format("tables '{}' and '{}' share the {} '{}', but their selector keys differ", first.name,
                             table.name, profile.type_name, profile.name),
                 fmt::format("give both the same selector keys, or each its own {}", profile.type_name))
          .note(first.where, fmt::format("table '{}' is here", first.name))
          .note(profile.where, "what they share is declared here");
    } else if (!has_same_actions(first, table)) {
      diagnostics
          .error(table.where,
                 fmt::format("tables '{}' and '{}' share the {} '{}', but not the same actions in one order",
                             first.name, table.name, profile.type_name, profile.name),
                 fmt::format("list the same actions in both, or give each its own {}", profile.type_name))
          .note(first.where, fmt::format("table '{}' is here", first.name))
          .note(profile.where, "what they share is declared here");
    }
  }
}

void check_array(const p4_ir::Extern& declared, p4::Diagnostics& diagnostics) {
  const bool is_register = ExternArrays::is_register(declared);
  if (!is_register && !ExternArrays::is_counter(declared) && !ExternArrays::is_meter(declared)) {
    return;
  }
  const uint64_t cells = ExternArrays::is_direct(declared) ? 0 : number_argument(declared, 0).value_or(0);
  if (cells > pipeline::array_cells_max) {
    diagnostics.error(declared.where,
                      fmt::format("the {} '{}' has {} cells; at most {} are possible", declared.type_name,
                                  declared.name, cells, pipeline::array_cells_max),
                      "give it a smaller size");
  }
  if (!is_register || declared.type_argument_names.empty()) {
    return;
  }
  const std::string& type = declared.type_argument_names.front();
  if (type == "int" || type == "string") {
    diagnostics.error(declared.where,
                      fmt::format("the {} '{}' cannot hold values of type '{}', which have no size in bits",
                                  declared.type_name, declared.name, type),
                      "give it cells of a type like bit<32>");
  } else if (declared.type_argument_widths.front() > pipeline::register_width_bits_max) {
    diagnostics.error(
        declared.where,
        fmt::format("a cell of the {} '{}' has {} bits; at most {} are possible", declared.type_name, declared.name,
                    declared.type_argument_widths.front(), pipeline::register_width_bits_max),
        "use several, with narrower cells");
  }
}

}  // namespace

bool check_device_rules(const Program& program, p4::Diagnostics& diagnostics) {
  if (!has_target(program.architecture)) {
    return !diagnostics.has_errors();
  }
  const std::set<const Table*> applied = applied_tables(program);
  for (const Table* table : applied) {  // they are elements of one vector: in its order
    check_lpm_keys(*table, diagnostics);
    check_selector_keys(*table, diagnostics);
    check_properties(program, *table, diagnostics);
  }
  check_owners(program, applied, diagnostics);
  check_shared_profiles(program, applied, diagnostics);
  for (const p4_ir::Extern& declared : program.externs) {
    check_array(declared, diagnostics);
  }
  return !diagnostics.has_errors();
}

}  // namespace outrigger::p4_target
