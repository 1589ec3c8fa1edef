// NameList: spellings and suffixes.
#include "stf/name_list.h"

#include <algorithm>
#include <cctype>

namespace outrigger::stf {

namespace {

constexpr std::string_view valid = "$valid$";

// Without spaces and without the dot that makes a name global; `h.isValid()` as `h.$valid$`.
std::string canonical(std::string_view text) {
  std::string name;
  for (const char character : text) {
    if (std::isspace(static_cast<unsigned char>(character)) == 0 && (character != '.' || !name.empty())) {
      name += character;
    }
  }
  for (const std::string_view spelling : {"isValid()", "isValid"}) {
    const bool is_part =
        name.ends_with(spelling) && (name.size() == spelling.size() || name[name.size() - spelling.size() - 1] == '.');
    if (is_part) {
      return name.replace(name.size() - spelling.size(), spelling.size(), valid);
    }
  }
  return name;
}

// `h.a$0.f` is how some write `h.a[0].f`.
std::string with_brackets(std::string_view name) {
  std::string text;
  for (size_t i = 0; i < name.size(); ++i) {
    size_t end = i + 1;
    while (name[i] == '$' && end < name.size() && std::isdigit(static_cast<unsigned char>(name[end])) != 0) {
      ++end;
    }
    if (end > i + 1) {
      text.append("[").append(name.substr(i + 1, end - i - 1)).append("]");
      i = end - 1;
    } else {
      text += name[i];
    }
  }
  return text;
}

bool is_suffix(std::string_view whole, std::string_view suffix) {
  return !suffix.empty() && whole.size() > suffix.size() && whole.ends_with(suffix) &&
         whole[whole.size() - suffix.size() - 1] == '.';
}

// As programs in C have it, and tools that make them: `ingress.sub.t` is `ingress_sub_t`, or `ingress/sub/t`.
std::string with_underscores(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '.', '_');
  std::ranges::replace(text, '/', '_');
  return text;
}

void insert(std::vector<size_t>& items, size_t item) {
  if (std::ranges::find(items, item) == items.end()) {
    items.push_back(item);
  }
}

}  // namespace

void NameList::add(size_t item, std::string_view name) { names_.emplace_back(canonical(name), item); }

std::vector<size_t> NameList::find_spelling(std::string_view text) const {
  std::vector<size_t> whole;
  std::vector<size_t> longer;
  std::vector<size_t> shorter;
  size_t shorter_length = 0;
  for (const auto& [name, item] : names_) {
    if (name == text) {
      insert(whole, item);
    } else if (is_suffix(name, text)) {
      insert(longer, item);
    } else if (is_suffix(text, name) && name.size() >= shorter_length) {
      if (name.size() > shorter_length) {
        shorter.clear();
      }
      shorter_length = name.size();
      insert(shorter, item);
    }
  }
  return !whole.empty() ? whole : !longer.empty() ? longer : shorter;
}

std::vector<size_t> NameList::find_with_underscores(std::string_view text) const {
  const std::string wanted = with_underscores(text);
  std::vector<size_t> items;
  for (const auto& [name, item] : names_) {
    if (with_underscores(name) == wanted) {
      insert(items, item);
    }
  }
  return items;
}

std::vector<size_t> NameList::find(std::string_view text) const {
  const std::string name = canonical(text);
  std::vector<std::string> spellings = {name, with_brackets(name)};
  // The validity of a header is also called `h.valid`, `h.valid$` and `h`.
  for (const std::string_view suffix : {"valid", "valid$"}) {
    if (name == suffix || is_suffix(name, suffix)) {
      spellings.push_back(with_brackets(name.substr(0, name.size() - suffix.size())).append(valid));
    }
  }
  spellings.push_back(with_brackets(name).append(".").append(valid));
  for (const std::string& spelling : spellings) {
    if (auto items = find_spelling(spelling); !items.empty()) {
      return items;
    }
  }
  return find_with_underscores(name);
}

}  // namespace outrigger::stf
