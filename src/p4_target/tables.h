// tables.h: all tables of a program, and the action profiles and selectors that they share.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "p4_target/match_table.h"

namespace outrigger::p4_target {

// Do the two list the same actions in one order? Members of a profile that they share are numbered by action.
[[nodiscard]] bool has_same_actions(const p4_ir::Table& one, const p4_ir::Table& other);

class Tables {
 public:
  // `program` and `quiescence` outlive the tables. The error names what cannot be made.
  static Result<std::unique_ptr<Tables>> make(const p4_ir::Program& program, pipeline::Quiescence& quiescence);

  [[nodiscard]] MatchTable& at(p4_ir::TableId table) noexcept { return *tables_[index_of(table)]; }
  [[nodiscard]] size_t count() const noexcept { return tables_.size(); }
  // Null when `id` is no action profile or selector of a table.
  [[nodiscard]] pipeline::ActionProfile* profile(p4_ir::ExternId id) noexcept;
  // The table that owns a direct counter or meter.
  [[nodiscard]] std::optional<p4_ir::TableId> owner_of(p4_ir::ExternId direct) const;

  // A member of a profile: an action as a table that uses the profile lists it.
  Result<uint32_t> create_member(p4_ir::TableId table, const p4_ir::ActionCall& call);

 private:
  explicit Tables(const p4_ir::Program& program) : program_(program) {}
  Result<pipeline::ActionProfile*> profile_of(const p4_ir::Table& table, pipeline::Quiescence& quiescence);

  const p4_ir::Program& program_;
  std::map<p4_ir::ExternId, std::unique_ptr<pipeline::ActionProfile>> profiles_;  // before the tables that hold them
  std::map<p4_ir::ExternId, const p4_ir::Table*> profile_actions_;                // the first table that uses it
  std::vector<std::unique_ptr<MatchTable>> tables_;
};

}  // namespace outrigger::p4_target
