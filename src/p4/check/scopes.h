// Names in scope (P4-16 §6.9): a stack of scopes, innermost last. A name may stand for several declarations only where
// they are overloads: functions, extern functions, methods, constructors (§6.9, §7.2.10), packages.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "p4/ast/declaration.h"

namespace outrigger::p4 {

class Scopes {
 public:
  using Overloads = std::vector<Declaration*>;

  void push();
  void pop();
  // Adds the declaration to the innermost scope under its name. Gives the one that is in the way (same scope, not an
  // overload of it), else null.
  Declaration* declare(Declaration& declaration);
  // Adds it in spite of one that is in the way: a call of either is then ambiguous.
  void declare_beside(Declaration& declaration) { scopes_.back()[declaration.name.text].push_back(&declaration); }
  // Innermost first; empty when there is none. `is_global`: the top level only.
  [[nodiscard]] const Overloads& lookup(std::string_view name, bool is_global = false) const;
  // One that is hidden by what would be declared now in the innermost scope, for a warning; else null.
  [[nodiscard]] Declaration* shadowed(std::string_view name) const;
  // The known name of one that may be meant that is closest to this one, for "did you mean"; empty when none is close.
  [[nodiscard]] std::string nearest(std::string_view name, bool (*may_be_meant)(const Declaration&)) const;
  [[nodiscard]] size_t depth() const noexcept { return scopes_.size(); }

 private:
  std::vector<std::unordered_map<std::string, Overloads>> scopes_;
};

// Of the known names the closest to `name`, as a typing error would make it; empty when none is close.
std::string nearest_name(std::string_view name, std::span<const std::string_view> known);

// A scope for as long as it lives.
class ScopeGuard {
 public:
  explicit ScopeGuard(Scopes& scopes) : scopes_(scopes) { scopes_.push(); }
  ~ScopeGuard() { scopes_.pop(); }
  ScopeGuard(const ScopeGuard&) = delete;
  ScopeGuard& operator=(const ScopeGuard&) = delete;

 private:
  Scopes& scopes_;
};

}  // namespace outrigger::p4
