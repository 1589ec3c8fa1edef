// Facts: see facts.h.
#include "p4_ir/passes/facts.h"

namespace outrigger::p4_ir {

const Expression* Facts::value_of(VariableId variable) const {
  const auto found = values_.find(index_of(variable));
  return found == values_.end() ? nullptr : found->second;
}

void Facts::set(VariableId variable, const Expression* value) {
  if (value == nullptr) {
    values_.erase(index_of(variable));
    return;
  }
  values_[index_of(variable)] = value;
  if (const auto* read = as<Read>(value)) {
    copies_[index_of(read->variable)].push_back(variable);
  }
}

void Facts::learn(VariableId variable, const Expression* value) {
  if (values_.size() < facts_max) {
    log_.push_back({variable, value_of(variable)});
    set(variable, value);
  }
}

void Facts::forget(VariableId variable) {
  const auto erase = [&](VariableId one) {
    if (const Expression* const before = value_of(one)) {
      log_.push_back({one, before});
      set(one, nullptr);
    }
  };
  erase(variable);
  const auto copies = copies_.find(index_of(variable));
  if (copies == copies_.end()) {
    return;
  }
  for (const VariableId copy : copies->second) {
    const auto* read = as<Read>(value_of(copy));
    if (read != nullptr && read->variable == variable) {
      erase(copy);
    }
  }
  copies_.erase(copies);
}

void Facts::forget_if(const std::function<bool(VariableId)>& is_changed) {
  std::vector<VariableId> changed;
  for (const auto& [number, value] : values_) {
    const auto variable = static_cast<VariableId>(number);
    const auto* read = as<Read>(value);
    if (is_changed(variable) || (read != nullptr && is_changed(read->variable))) {
      changed.push_back(variable);
    }
  }
  for (const VariableId variable : changed) {
    log_.push_back({variable, value_of(variable)});
    set(variable, nullptr);
  }
}

void Facts::clear() {
  values_.clear();
  copies_.clear();
  log_.clear();
}

void Facts::undo(size_t mark, std::vector<VariableId>& touched) {
  while (log_.size() > mark) {
    const Change change = log_.back();
    log_.pop_back();
    set(change.variable, change.before);
    touched.push_back(change.variable);
  }
}

}  // namespace outrigger::p4_ir
