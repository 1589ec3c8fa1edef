// Resolver: what a script's names mean in a program, and its numbers in their widths.
#pragma once

#include <cstdint>
#include <vector>

#include "stf/name_list.h"
#include "stf/problem.h"
#include "stf/program_info.h"
#include "stf/resolved.h"
#include "stf/script.h"

namespace outrigger::stf {

struct DefaultAction {
  uint32_t table = 0;
  ActionCall call;
};

// Borrows the program, which outlives it.
class Resolver {
 public:
  explicit Resolver(const ProgramInfo& program);

  // Problems have a column and no line: the caller knows the line.
  [[nodiscard]] Checked<Entry> resolve(const Add& add) const;
  [[nodiscard]] Checked<DefaultAction> resolve(const SetDefault& command) const;
  [[nodiscard]] Checked<uint32_t> find_counter(const Name& name) const;
  [[nodiscard]] Checked<uint32_t> find_register(const Name& name) const;
  [[nodiscard]] Checked<uint32_t> find_meter(const Name& name) const;

 private:
  enum class ActionUse : uint8_t { Entry, Default };

  [[nodiscard]] Checked<uint32_t> find_table(const Name& name) const;
  [[nodiscard]] Checked<std::vector<KeyValue>> resolve_keys(const TableInfo& table, uint32_t index,
                                                            const std::vector<KeyText>& keys) const;
  [[nodiscard]] Checked<ActionCall> resolve_action(uint32_t table, const ActionText& action, ActionUse use) const;

  const ProgramInfo& program_;
  NameList tables_;
  NameList counters_;
  NameList registers_;
  NameList meters_;
  std::vector<NameList> keys_;     // of each table
  std::vector<NameList> actions_;  // of each table, by index in TableInfo::actions
};

}  // namespace outrigger::stf
