// tables.cc: making all tables, profiles first.
#include "p4_target/tables.h"

#include <algorithm>

#include "p4_target/extern_argument.h"

namespace outrigger::p4_target {

bool has_same_actions(const p4_ir::Table& one, const p4_ir::Table& other) {
  return std::ranges::equal(one.actions, other.actions, {}, &p4_ir::TableAction::name, &p4_ir::TableAction::name);
}

Result<std::unique_ptr<Tables>> Tables::make(const p4_ir::Program& program, pipeline::Quiescence& quiescence) {
  std::unique_ptr<Tables> made(new Tables(program));
  for (const p4_ir::Table& table : program.tables) {
    OR_ASSIGN(pipeline::ActionProfile* const profile, made->profile_of(table, quiescence));
    std::optional<HashAlgorithm> selector;
    if (table.implementation.has_value()) {
      if (const auto* algorithm = member_argument(program.at(*table.implementation))) {
        selector = find_hash_algorithm(*algorithm);
      }
    }
    OR_ASSIGN(auto one, MatchTable::make(table, quiescence, profile, selector));
    made->tables_.push_back(std::move(one));
  }
  return made;
}

Result<pipeline::ActionProfile*> Tables::profile_of(const p4_ir::Table& table, pipeline::Quiescence& quiescence) {
  if (!table.implementation.has_value()) {
    return nullptr;
  }
  auto& profile = profiles_[*table.implementation];
  if (profile == nullptr) {
    const p4_ir::Extern& declared = program_.at(*table.implementation);
    pipeline::ProfileShape shape;
    shape.name = declared.name;
    shape.action_data_bytes = action_data_bytes(table);
    shape.size = std::min<uint64_t>(number_argument(declared, 0).value_or(0), pipeline::profile_members_max);
    OR_ASSIGN(profile, pipeline::ActionProfile::make(shape, quiescence));
    profile_actions_[*table.implementation] = &table;
  }
  const p4_ir::Table& first = *profile_actions_[*table.implementation];
  if (!has_same_actions(first, table)) {
    return fail(Code::InvalidArgument, "tables {} and {} share {}, so they must list the same actions in one order",
                first.name, table.name, program_.at(*table.implementation).name);
  }
  return profile.get();
}

pipeline::ActionProfile* Tables::profile(p4_ir::ExternId id) noexcept {
  const auto found = profiles_.find(id);
  return found == profiles_.end() ? nullptr : found->second.get();
}

std::optional<p4_ir::TableId> Tables::owner_of(p4_ir::ExternId direct) const {
  for (size_t table = 0; table < program_.tables.size(); ++table) {
    const auto& owned = program_.tables[table].direct_externs;
    if (std::ranges::find(owned, direct) != owned.end()) {
      return static_cast<p4_ir::TableId>(table);
    }
  }
  return std::nullopt;
}

Result<uint32_t> Tables::create_member(p4_ir::TableId table, const p4_ir::ActionCall& call) {
  const p4_ir::Table& shape = program_.at(table);
  pipeline::ActionProfile* const profile =
      shape.implementation.has_value() ? this->profile(*shape.implementation) : nullptr;
  if (profile == nullptr) {
    return fail(Code::InvalidArgument, "table {} has no action profile", shape.name);
  }
  OR_ASSIGN(const std::vector<uint8_t> data, pack_action(shape, call));
  return profile->create_member(call.action, data);
}

}  // namespace outrigger::p4_target
