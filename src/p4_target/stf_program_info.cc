// stf_program_info.cc: tables, actions, counters, registers and meters by their names.
#include "p4_target/stf_program_info.h"

#include <algorithm>

#include "p4_target/target.h"

namespace outrigger::p4_target {
namespace {

stf::MatchKind kind_of(p4_ir::MatchKind kind) {
  switch (kind) {
    case p4_ir::MatchKind::Lpm: return stf::MatchKind::Lpm;
    case p4_ir::MatchKind::Ternary: return stf::MatchKind::Ternary;
    case p4_ir::MatchKind::Range: return stf::MatchKind::Range;
    case p4_ir::MatchKind::Optional: return stf::MatchKind::Optional;
    case p4_ir::MatchKind::Exact:
    case p4_ir::MatchKind::Selector: break;
  }
  return stf::MatchKind::Exact;
}

stf::TableInfo table_info(const p4_ir::Program& program, const p4_ir::Table& table, uint32_t first_action) {
  stf::TableInfo info;
  info.names = {table.name};
  for (const p4_ir::TableKey& key : table.keys) {
    if (key.kind == p4_ir::MatchKind::Selector) {
      continue;
    }
    stf::Names names = {key.name};
    // @name hides the expression; the variable that it reads has its path.
    const auto* choice = p4_ir::as<p4_ir::Choose>(key.value);  // 0 where the header is not valid
    const auto* read = p4_ir::as<p4_ir::Read>(choice != nullptr ? choice->if_true : key.value);
    if (read != nullptr && program.at(read->variable).name != key.name) {
      names.push_back(program.at(read->variable).name);
    }
    info.keys.push_back({.names = std::move(names), .match_kind = kind_of(key.kind), .width = key.width});
  }
  for (size_t i = 0; i < table.actions.size(); ++i) {
    info.actions.push_back({.action = first_action + static_cast<uint32_t>(i),
                            .may_be_in_entries = !table.actions[i].is_default_only,
                            .may_be_default = !table.actions[i].is_table_only});
  }
  return info;
}

// What counters and meters have in common.
template <typename Info>
void add_cells(std::vector<Info>& infos, std::vector<p4_ir::ExternId>& ids, Target& target, p4_ir::ExternId id,
               uint64_t size) {
  const p4_ir::Extern& declared = target.program().at(id);
  Info info;
  info.names = {declared.name};
  info.is_direct = ExternArrays::is_direct(declared);
  if (info.is_direct) {
    const auto owner = target.tables().owner_of(id);
    if (!owner.has_value()) {
      return;  // of no table: it counts nothing, and has no cells
    }
    info.table = index_of(*owner);
  }
  info.size = size;
  infos.push_back(std::move(info));
  ids.push_back(id);
}

void add_register(StfNames& names, const std::string& name, pipeline::RegisterArray& cells) {
  names.info.registers.push_back({.names = {name}, .width = cells.width_bits(), .size = cells.size()});
  names.registers.push_back(&cells);
}

}  // namespace

StfNames stf_names(Target& target) {
  const p4_ir::Program& program = target.program();
  StfNames names;
  for (const p4_ir::Table& table : program.tables) {
    const auto first = static_cast<uint32_t>(names.info.actions.size());
    names.first_action.push_back(first);
    names.info.tables.push_back(table_info(program, table, first));
    for (const p4_ir::TableAction& action : table.actions) {
      stf::ActionInfo info{.names = {action.name}, .parameters = {}};
      for (const p4_ir::ActionParameter& parameter : action.parameters) {
        info.parameters.push_back({.name = parameter.name, .width = parameter.width});
      }
      names.info.actions.push_back(std::move(info));
    }
  }
  for (size_t i = 0; i < program.externs.size(); ++i) {
    const auto id = static_cast<p4_ir::ExternId>(i);
    if (const auto* counter = target.arrays().counter(id)) {
      add_cells(names.info.counters, names.counters, target, id, counter->size());
    } else if (const auto* meter = target.arrays().meter(id)) {
      add_cells(names.info.meters, names.meters, target, id, meter->size());
    } else if (auto* cells = target.arrays().register_array(id)) {
      add_register(names, program.at(id).name, *cells);
    }
  }
  for (const Target::DeviceRegister& device : target.device_registers()) {
    add_register(names, device.name, *device.cells);
  }
  return names;
}

}  // namespace outrigger::p4_target
