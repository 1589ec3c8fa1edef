// What is known of variables at a place of a program: this one has that constant value, that one is a copy of another.
// For copy_propagation.
//
// Branches are walked with a mark: undo() brings back what was known there, and tells what is not certain any more.
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

class Facts {
 public:
  // A Constant or a Read; null: nothing is known.
  [[nodiscard]] const Expression* value_of(VariableId variable) const;
  // `value`: a Constant, or a Read of another variable.
  void learn(VariableId variable, const Expression* value);
  // The variable has another value now: forgets that, and whose copies it was.
  void forget(VariableId variable);
  // … of each variable that this says.
  void forget_if(const std::function<bool(VariableId)>& is_changed);
  void clear();
  [[nodiscard]] bool is_empty() const noexcept { return values_.empty(); }

  [[nodiscard]] size_t mark() const noexcept { return log_.size(); }
  // Knows what it knew at the mark; `touched`: of these it knew something else meanwhile.
  void undo(size_t mark, std::vector<VariableId>& touched);

 private:
  static constexpr size_t facts_max = 1024;  // at once; what comes then is not learned

  struct Change {
    VariableId variable{};
    const Expression* before = nullptr;
  };
  void set(VariableId variable, const Expression* value);  // null: erases

  std::unordered_map<uint32_t, const Expression*> values_;
  std::unordered_map<uint32_t, std::vector<VariableId>> copies_;  // of a variable; some are not, any more
  std::vector<Change> log_;
};

}  // namespace outrigger::p4_ir
