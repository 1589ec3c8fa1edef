// Ids and aliases of all objects together.
#include "p4_info/symbols.h"

#include <fmt/format.h>

#include <set>

namespace outrigger::p4_info {

namespace {

// Parts of a name that aliases may be made of: a name is bounded by the program's text, but a program of long names in
// deep instances shall not take the square of it.
constexpr size_t alias_parts_max = 64;

// The last part of the name, then the last two, … then all of it.
template <typename F>
void each_suffix(std::string_view name, F found) {
  size_t dot = name.rfind('.');
  for (size_t i = 0; i < alias_parts_max && dot != std::string_view::npos; ++i) {
    if (found(name.substr(dot + 1))) {
      return;
    }
    dot = dot == 0 ? std::string_view::npos : name.rfind('.', dot - 1);
  }
  found(name);
}

}  // namespace

void Symbols::add(Symbol symbol) { symbols_.push_back(std::move(symbol)); }

// Those with an @id come first, so that no hash takes what one asks for.
void Symbols::settle(p4::Diagnostics& diagnostics) {
  IdAllocator allocator;
  for (const Symbol& symbol : symbols_) {
    if (symbol.wanted.has_value() && is_new(symbol, diagnostics)) {
      take(symbol, allocator, diagnostics);
    }
  }
  for (const Symbol& symbol : symbols_) {
    if (!symbol.wanted.has_value() && is_new(symbol, diagnostics)) {
      ids_[{symbol.prefix, symbol.name}] = allocator.from_name(symbol.prefix, symbol.hashed);
    }
  }
  std::set<std::string> names;
  for (const Symbol& symbol : symbols_) {
    if (names.insert(symbol.name).second) {
      each_suffix(symbol.name, [&](std::string_view suffix) {
        ++suffixes_[std::string(suffix)];
        return false;
      });
    }
  }
}

bool Symbols::is_new(const Symbol& symbol, p4::Diagnostics& diagnostics) {
  const bool is_new = ids_.try_emplace({symbol.prefix, symbol.name}, 0).second;
  if (!is_new) {
    diagnostics.error(symbol.where, fmt::format("the name '{}' is another object's of the same kind", symbol.name),
                      "give one of them another @name");
  }
  return is_new;
}

void Symbols::take(const Symbol& symbol, IdAllocator& allocator, p4::Diagnostics& diagnostics) {
  const std::optional<uint32_t> id = allocator.take(symbol.prefix, *symbol.wanted);
  if (id.has_value()) {
    ids_[{symbol.prefix, symbol.name}] = *id;
    return;
  }
  diagnostics.error(symbol.where, fmt::format("'{}' cannot have @id({:#x})", symbol.name, *symbol.wanted),
                    fmt::format("its last three bytes must not be 0 or another's of the same kind; its first is 0 or "
                                "{:#x}",
                                static_cast<int>(symbol.prefix)));
}

uint32_t Symbols::id(Prefix prefix, const std::string& name) const {
  const auto found = ids_.find({prefix, name});
  return found == ids_.end() ? 0 : found->second;
}

std::string Symbols::alias(std::string_view name) const {
  std::string alias(name);
  each_suffix(name, [&](std::string_view suffix) {
    const auto found = suffixes_.find(suffix);
    if (found == suffixes_.end() || found->second != 1) {
      return false;
    }
    alias = suffix;
    return true;
  });
  return alias;
}

}  // namespace outrigger::p4_info
