// The objects of one P4Info by kind and name: their ids, and the shortest ends of their names that are theirs alone.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "p4/diagnostics.h"
#include "p4_info/ids.h"

namespace outrigger::p4_info {

class Symbols {
 public:
  struct Symbol {
    Prefix prefix = Prefix{};
    std::string name;                // for the control plane; unique for each kind
    std::string hashed;              // what the id comes from where there is no @id: the name, mostly
    std::optional<uint32_t> wanted;  // @id
    p4::SourceRange where;
  };

  // Add all, then settle() once, then ask.
  void add(Symbol symbol);
  void settle(p4::Diagnostics& diagnostics);

  // 0 where there is none, as for an action that is hidden.
  [[nodiscard]] uint32_t id(Prefix prefix, const std::string& name) const;
  [[nodiscard]] std::string alias(std::string_view name) const;

 private:
  bool is_new(const Symbol& symbol, p4::Diagnostics& diagnostics);
  void take(const Symbol& symbol, IdAllocator& allocator, p4::Diagnostics& diagnostics);

  std::vector<Symbol> symbols_;
  std::map<std::pair<int, std::string>, uint32_t> ids_;
  std::map<std::string, uint32_t, std::less<>> suffixes_;  // how many names end so, from a dot on or all of them
};

}  // namespace outrigger::p4_info
