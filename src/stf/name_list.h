// NameList: which thing a script means by a name. A name may be any suffix that begins behind a dot, if only one has
// it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrigger::stf {

class NameList {
 public:
  // Thing number `item` may be called `name` too. Names with `isValid()` and `$valid$` are the same.
  void add(size_t item, std::string_view name);

  // The things that `text` may mean, each once: none, the one, or several where it is ambiguous. The whole name goes
  // before a suffix of it; a suffix goes before a name that is itself a suffix of `text`; and last come whole names
  // with
  // `_` or `/` for each dot.
  [[nodiscard]] std::vector<size_t> find(std::string_view text) const;

 private:
  [[nodiscard]] std::vector<size_t> find_spelling(std::string_view text) const;
  [[nodiscard]] std::vector<size_t> find_with_underscores(std::string_view text) const;

  std::vector<std::pair<std::string, size_t>> names_;
};

}  // namespace outrigger::stf
