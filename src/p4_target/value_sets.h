// value_sets.h: the members of parsers' value sets (P4-16 §12.11), which the control plane gives.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "base/result.h"
#include "p4_ir/program.h"
#include "p4_target/limits.h"

namespace outrigger::p4_target {

class ValueSets {
 public:
  explicit ValueSets(const p4_ir::Program& program) : program_(program), members_(program.value_sets.size()) {}

  // One pattern for each field.
  Result<> add(p4_ir::ValueSetId set, std::vector<p4_ir::EntryKey> pattern);
  void clear(p4_ir::ValueSetId set) { members_[index_of(set)].clear(); }
  [[nodiscard]] bool contains(p4_ir::ValueSetId set, std::span<const p4_ir::Bits> values) const;

 private:
  using Pattern = std::vector<p4_ir::EntryKey>;
  const p4_ir::Program& program_;
  std::vector<std::vector<Pattern>> members_;
};

}  // namespace outrigger::p4_target
