// Enums, `error` and `match_kind` (P4-16 §7.1.2, §7.1.3, §7.2.1).
#include <unordered_map>

#include <fmt/format.h>

#include "p4/check/checker.h"

namespace outrigger::p4 {

void Checker::check_enum(EnumDeclaration& declaration) {
  const Type* underlying = nullptr;
  if (declaration.underlying != nullptr) {
    underlying = resolve(*declaration.underlying);
    if (!underlying->is_fixed_integer() && !underlying->is_poison()) {
      error(declaration.underlying->where,
            fmt::format("an enum cannot be represented by the type '{}'", to_text(underlying)),
            "the underlying type is bit<W> or int<W>");
      underlying = types_.poison();
    }
  }
  declaration.checked_type = types_.enumeration(declaration, underlying);
  std::unordered_map<std::string_view, const EnumMember*> names;
  uint32_t index = 0;
  for (EnumMember* const member : declaration.members) {
    check_annotations(member->annotations, member);
    member->index = index++;
    member->checked_type = declaration.checked_type;
    if (const auto [before, is_new] = names.emplace(member->name.text, member); !is_new) {
      error(member->name.where, fmt::format("enum '{}' has '{}' twice", declaration.name.text, member->name.text),
            "give one of them another name")
          .note(before->second->name.where, "declared here first");
    }
    check_enum_member(*member, declaration, underlying);
  }
  declare(declaration);
}

void Checker::check_enum_member(EnumMember& member, const EnumDeclaration& declaration, const Type* underlying) {
  if (underlying == nullptr) {
    if (member.initial != nullptr) {
      error(member.initial->where,
            fmt::format("'{}' has a value, but enum '{}' has no underlying type", member.name.text,
                        declaration.name.text),
            fmt::format("write enum bit<W> {} {{ … }}, or leave the value away", declaration.name.text));
    }
    return;
  }
  if (member.initial == nullptr) {
    error(member.name.where,
          fmt::format("'{}' needs a value: enum '{}' has an underlying type", member.name.text, declaration.name.text),
          fmt::format("write {} = VALUE", member.name.text));
    return;
  }
  Expression& initial = *member.initial;
  if (check(initial, underlying)->is_poison() || !check_enum_range(initial, underlying) ||
      !convert(initial, underlying, fmt::format("the value of '{}'", member.name.text))) {
    return;
  }
  if (initial.value == nullptr) {
    error(initial.where, fmt::format("the value of '{}' is not known at compile time", member.name.text),
          "write a number, or an expression of constants");
    return;
  }
  member.value = converted_value(initial);
}

// §7.2.1: a value that the underlying type cannot hold is an error, not only cut.
bool Checker::check_enum_range(const Expression& initial, const Type* underlying) {
  const Integer* const number = initial.value != nullptr ? initial.value->number() : nullptr;
  if (number == nullptr || !initial.type->is(TypeKind::Int) || !underlying->is_fixed_integer() ||
      wrap(*number, underlying->width, underlying->is(TypeKind::SignedInt)) == *number) {
    return true;
  }
  error(initial.where, fmt::format("the value {} does not fit into '{}'", to_text(*initial.value), to_text(underlying)),
        "give the enum a wider underlying type, or the member another value");
  return false;
}

// All declarations of `error` make one type (§7.1.2), with one namespace.
// §7.1.2: all errors are in one namespace, wherever they are declared: programs name them in front of that, too.
void Checker::declare_errors(ErrorDeclaration& declaration) {
  declaration.checked_type = types_.error();
  for (ErrorMember* const member : declaration.members) {
    member->checked_type = types_.error();
    const auto [before, is_new] = errors_.emplace(member->name.text, member);
    if (!is_new) {
      error(member->name.where, fmt::format("error '{}' is declared twice", member->name.text),
            "leave it away here: all declarations of errors are one")
          .note(before->second->name.where, "declared here first");
      continue;
    }
    member->index = static_cast<uint32_t>(program_.errors.size());
    program_.errors.push_back(member);
  }
}

void Checker::check_errors(const ErrorDeclaration& declaration) {
  for (ErrorMember* const member : declaration.members) {
    check_annotations(member->annotations, member);
  }
}

void Checker::check_match_kinds(MatchKindDeclaration& declaration) {
  declaration.checked_type = types_.match_kind();
  for (MatchKindMember* const member : declaration.members) {
    check_annotations(member->annotations, member);
    member->checked_type = types_.match_kind();
    const auto [before, is_new] = match_kinds_.emplace(member->name.text, member);
    if (!is_new) {
      error(member->name.where, fmt::format("match kind '{}' is declared twice", member->name.text),
            "leave it away here: all declarations of match kinds are one")
          .note(before->second->name.where, "declared here first");
      continue;
    }
    program_.match_kinds.push_back(member);
  }
}

MatchKindMember* Checker::find_match_kind(const Name& name) {
  const auto found = match_kinds_.find(name.text);
  if (found != match_kinds_.end()) {
    return found->second;
  }
  std::string known;
  for (const MatchKindMember* const member : program_.match_kinds) {
    known += (known.empty() ? "" : ", ") + member->name.text;
  }
  error(name.where, fmt::format("there is no match kind '{}'", name.text),
        known.empty() ? "include <core.p4>, which declares exact, ternary and lpm" : "known are " + known);
  return nullptr;
}

}  // namespace outrigger::p4
