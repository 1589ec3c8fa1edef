// What the names in scope are: types or not. The grammar of P4-16 cannot be read without it (`a < b > (c)`, `(a) - b`);
// whether a name is known at all, and what it is, is for the checker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/check.h"

namespace outrigger::p4 {

enum class NameKind : uint8_t { Unknown, Type, Object };

// Names are views into the source text. Looking one up takes the same time whatever the depth.
class NameKinds {
 public:
  [[nodiscard]] NameKind of(std::string_view name) const { return find(now_, name); }
  // At the top level, as `.name` asks for.
  [[nodiscard]] NameKind of_global(std::string_view name) const { return find(global_, name); }

  // In the innermost scope.
  void declare(std::string_view name, NameKind kind) {
    if (name.empty()) {
      return;
    }
    if (scope_begins_.empty()) {
      global_[name] = kind;
    } else {
      undo_.push_back({name, of(name)});
    }
    now_[name] = kind;
  }

  void push() { scope_begins_.push_back(undo_.size()); }
  void pop() {
    check(!scope_begins_.empty(), "a scope that was opened");
    while (undo_.size() > scope_begins_.back()) {
      now_[undo_.back().name] = undo_.back().before;
      undo_.pop_back();
    }
    scope_begins_.pop_back();
  }

 private:
  struct Undo {
    std::string_view name;
    NameKind before;
  };
  using Kinds = std::unordered_map<std::string_view, NameKind>;

  static NameKind find(const Kinds& kinds, std::string_view name) {
    const auto found = kinds.find(name);
    return found == kinds.end() ? NameKind::Unknown : found->second;
  }

  Kinds now_;
  Kinds global_;
  std::vector<Undo> undo_;
  std::vector<size_t> scope_begins_;
};

}  // namespace outrigger::p4
