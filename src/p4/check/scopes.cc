// Names in scope: which declarations may share a name, which one a use means, which one it may have meant.
#include "p4/check/scopes.h"

#include <algorithm>
#include <span>

#include "base/check.h"
#include "p4/check/overload_limit.h"

namespace outrigger::p4 {

namespace {

// The parameters of what may be overloaded; of anything else none, and `is_callable` says so.
struct Callable {
  bool is_callable = false;
  std::span<Parameter* const> parameters;
};

Callable callable(const Declaration& declaration) {
  if (const auto* const function = as<FunctionDeclaration>(&declaration)) {
    return {true, function->parameters};
  }
  if (const auto* const method = as<MethodDeclaration>(&declaration)) {
    return {true, method->parameters};
  }
  if (const auto* const package = as<PackageDeclaration>(&declaration)) {
    return {true, package->constructor_parameters};
  }
  return {};
}

// §6.9: overloads differ in the number of their parameters or in their names, since calls are told apart by these.
bool is_overload(const Declaration& one, const Declaration& other) {
  const Callable a = callable(one);
  const Callable b = callable(other);
  if (!a.is_callable || !b.is_callable ||
      (one.kind == DeclarationKind::Package) != (other.kind == DeclarationKind::Package)) {
    return false;
  }
  return !std::ranges::equal(
      a.parameters, b.parameters, {}, [](const Parameter* p) { return p->name.text; },
      [](const Parameter* p) { return p->name.text; });
}

// Longer names are not compared: a typing error in them is rare, and the comparison takes quadratic time.
constexpr size_t compared_letters_max = 64;
// Nor are more names than these.
constexpr size_t compared_names_max = 4096;

// Letters to insert, drop or exchange (neighbours: one step) to make one of the other; `limit` + 1 when more.
size_t distance(std::string_view a, std::string_view b, size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) {
    return limit + 1;
  }
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::vector<size_t> next(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        next[j] = std::min(next[j], before[j - 2] + 1);
      }
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view name, std::span<const std::string_view> known) {
  if (name.size() > compared_letters_max || name.size() < 2) {  // every single letter is near to every other
    return {};
  }
  size_t best = name.size() <= 3 ? 1 : name.size() <= 6 ? 2 : 3;  // further away is not what was meant
  std::string_view nearest;
  for (const std::string_view candidate : known.first(std::min(known.size(), compared_names_max))) {
    if (candidate.size() > compared_letters_max || candidate == name) {
      continue;
    }
    const size_t found = distance(name, candidate, best);
    if (found < best || (found == best && (nearest.empty() || candidate < nearest))) {
      best = found;
      nearest = candidate;
    }
  }
  return std::string(nearest);
}

void Scopes::push() { scopes_.emplace_back(); }

void Scopes::pop() {
  check(!scopes_.empty(), "a scope that was opened");
  scopes_.pop_back();
}

Declaration* Scopes::declare(Declaration& declaration) {
  check(!scopes_.empty(), "a scope to declare in");
  Overloads& there = scopes_.back()[declaration.name.text];
  const auto same =
      std::ranges::find_if_not(there, [&](const Declaration* before) { return is_overload(*before, declaration); });
  if (same != there.end()) {
    return *same;
  }
  if (there.size() >= overloads_max) {
    return there.back();
  }
  there.push_back(&declaration);
  return nullptr;
}

const Scopes::Overloads& Scopes::lookup(std::string_view name, bool is_global) const {
  static const Overloads none;
  const std::string key(name);
  const size_t outermost = is_global ? std::min<size_t>(1, scopes_.size()) : scopes_.size();
  for (size_t i = outermost; i-- > 0;) {
    if (const auto found = scopes_[i].find(key); found != scopes_[i].end() && !found->second.empty()) {
      return found->second;
    }
  }
  return none;
}

Declaration* Scopes::shadowed(std::string_view name) const {
  const std::string key(name);
  for (size_t i = scopes_.empty() ? 0 : scopes_.size() - 1; i-- > 0;) {
    if (const auto found = scopes_[i].find(key); found != scopes_[i].end() && !found->second.empty()) {
      return found->second.front();
    }
  }
  return nullptr;
}

std::string Scopes::nearest(std::string_view name, bool (*may_be_meant)(const Declaration&)) const {
  std::vector<std::string_view> known;
  for (size_t i = scopes_.size(); i-- > 0 && known.size() < compared_names_max;) {
    for (const auto& [text, declarations] : scopes_[i]) {
      if (!declarations.empty() && may_be_meant(*declarations.front())) {
        known.push_back(text);
      }
    }
  }
  return nearest_name(name, known);
}

}  // namespace outrigger::p4
