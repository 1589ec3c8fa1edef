// What statements read and write, with all that they call: for passes that carry knowledge across them.
#pragma once

#include <optional>
#include <unordered_set>
#include <vector>

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

struct Effects {
  std::unordered_set<uint32_t> reads;   // of variables, by number
  std::unordered_set<uint32_t> writes;  // that may be written
  bool asks_host = false;               // the host may read and write what it can see
  bool may_jump = false;                // by Return, Break or Continue of these statements
  bool may_reject = false;              // end a parser, themselves or by what they call
  bool is_unknown = false;              // too large to be listed: anything may happen
};

class EffectsOf {
 public:
  // The program must live longer, and keep its procedures' effects or lose some of them.
  explicit EffectsOf(const Program& program);
  [[nodiscard]] Effects of(const Statement& statement);
  [[nodiscard]] Effects of(const Statements& statements);

 private:
  static constexpr uint32_t variables_max = 2048;  // of one summary; more: unknown
  static constexpr uint32_t call_depth_max = 256;

  void add(const Statement& statement, Effects& into);
  void add(const Statements& statements, Effects& into);
  void add_callees(const Statement& statement, Effects& into);
  const Effects& of(ProcedureId procedure);
  const Effects& of(ParserId parser);
  static void merge(const Effects& callee, Effects& into);

  const Program& program_;
  std::vector<std::optional<Effects>> procedures_;
  std::vector<std::optional<Effects>> parsers_;
  Effects unknown_;
  uint32_t call_depth_ = 0;
};

}  // namespace outrigger::p4_ir
