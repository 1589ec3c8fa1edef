// Keysets (P4-16 §8.15, §12.6, §14.2.1.4): what a select's cases and a table's entries match with.
#include <algorithm>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"
#include "p4/check/type_kinds.h"

namespace outrigger::p4 {

namespace {

// The parts of a struct or tuple that is matched as a whole; else the type itself.
std::vector<const Type*> parts_of(TypeTable& types, const Type* type) {
  if (type->is(TypeKind::Tuple)) {
    return type->arguments;
  }
  if (type->is(TypeKind::Struct) || type->is(TypeKind::StructValue)) {
    std::vector<const Type*> parts;
    for (const Field& field : types.fields(type)) {
      parts.push_back(field.type);
    }
    return parts;
  }
  return {type};
}

bool is_value_set_use(const Expression& keyset) {
  return keyset.type->is(TypeKind::ValueSet) && keyset.kind == ExpressionKind::Name;
}

// A mask of lpm has its ones first, then its zeros (core.p4: "longest prefix match").
bool is_prefix(const Integer& mask, uint32_t width) {
  const Integer zeros = wrap(~mask, width, false);
  const Integer after = zeros + 1;
  return Integer(zeros & after) == 0;
}

// (a, b) written as one keyset: its parts; those of {a, b} too where several values are matched.
void flatten(std::vector<Expression*>& keysets, size_t matched) {
  auto* const list = keysets.size() == 1 ? as<ListExpression>(keysets[0]) : nullptr;
  if (list != nullptr && (list->is_keyset || (matched > 1 && list->elements.size() == matched))) {
    const std::vector<Expression*> parts = list->elements;
    keysets = parts;
  }
}

}  // namespace

bool Checker::check_keysets(std::vector<Expression*>& keysets, std::span<const Type* const> types,
                            std::span<MatchKindMember* const> match_kinds, SourceRange where) {
  flatten(keysets, types.size());
  std::vector<const Type*> wanted(types.begin(), types.end());
  if (keysets.size() == 1) {
    Expression& only = *keysets[0];
    if (only.kind == ExpressionKind::DontCare && wanted.size() != 1) {
      settle(only, types_.dont_care(), true);
      return true;
    }
    if (only.kind == ExpressionKind::Name && is_value_set_use(only.type == nullptr ? (check(only), only) : only)) {
      return check_value_set_use(only, wanted);
    }
  } else if (wanted.size() == 1) {
    wanted = parts_of(types_, wanted[0]);
  }
  if (keysets.size() != wanted.size()) {
    error(where,
          fmt::format("here {} keyset{}, and {} {} matched",
                      keysets.size() == 1 ? "is 1" : fmt::format("are {}", keysets.size()),
                      keysets.size() == 1 ? "" : "s", wanted.size(), wanted.size() == 1 ? "value is" : "values are"),
          "write one for each, in parentheses: (a, b); '_' matches anything");
    for (Expression* const keyset : keysets) {
      if (keyset->kind != ExpressionKind::DontCare) {
        check(*keyset);
      }
    }
    return false;
  }
  bool is_good = true;
  for (size_t i = 0; i < keysets.size(); ++i) {
    const MatchKindMember* const match_kind = i < match_kinds.size() ? match_kinds[i] : nullptr;
    is_good &= check_keyset(*keysets[i], wanted[i], match_kind);
    if (!match_kinds.empty() && !keysets[i]->is_known && !keysets[i]->type->is_poison()) {
      error(keysets[i]->where, "the keyset of an entry must be known at compile time",
            "write a number, or the name of a constant");
      is_good = false;
    }
  }
  return is_good;
}

bool Checker::check_keyset(Expression& keyset, const Type* type, const MatchKindMember* match_kind) {
  const std::string_view kind = match_kind == nullptr ? std::string_view() : match_kind->name.text;
  if (keyset.kind == ExpressionKind::DontCare) {
    settle(keyset, types_.dont_care(), true);
    return true;
  }
  check(keyset, type);
  if (keyset.type->is_poison() || type->is_poison()) {
    return false;
  }
  if (is_value_set_use(keyset)) {
    return check_value_set_use(keyset, std::span(&type, 1));
  }
  auto* const binary = as<BinaryExpression>(&keyset);
  if (binary != nullptr && keyset.type->is(TypeKind::Set)) {
    return check_keyset_operator(*binary, type, match_kind);
  }
  // A key that is a serializable enum is matched as the number that it is.
  const bool is_number_of_enum = type->is_serializable_enum() && can_convert(keyset, type->arguments[0]);
  const std::string what = kind.empty() ? "the keyset" : fmt::format("the keyset of this {} key", kind);
  return convert(keyset, is_number_of_enum ? type->arguments[0] : type, what);
}

// a &&& b and a .. b
bool Checker::check_keyset_operator(BinaryExpression& keyset, const Type* type, const MatchKindMember* match_kind) {
  const bool is_mask = keyset.op == BinaryOperator::Mask;
  const std::string_view kind = match_kind == nullptr ? std::string_view() : match_kind->name.text;
  const bool is_refused = (!is_mask && kind == "exact") || kind == "optional" || (is_mask && kind == "range") ||
                          (!is_mask && (kind == "lpm" || kind == "ternary"));
  if (is_mask && kind == "exact") {  // published programs have it, and other compilers take it
    warning("mask-of-exact-key", keyset.where,
            "a mask in the keyset of a key that is exact: the key is as a ternary one", "make the key ternary");
  }
  if (is_refused) {
    error(keyset.where, fmt::format("'{}' cannot be the keyset of a key that is {}", symbol_of(keyset.op), kind),
          kind == "exact" ? "write the value; or make the key ternary or range" : "");
    return false;
  }
  const Type* const needed = underlying(type);
  const Type* const found = keyset.type->arguments[0];
  if (!needed->is_integer() || (found != type && found != needed && !found->is(TypeKind::Int))) {
    error(keyset.where, fmt::format("the keyset is of type {}, and {} is needed", to_text(found), to_text(type)));
    return false;
  }
  if (found->is(TypeKind::Int)) {
    apply_conversion(*keyset.left, needed);
    apply_conversion(*keyset.right, needed);
    fold_operands(keyset, types_.set(needed));
  }
  const Value* const mask = converted_value(*keyset.right);
  const bool has_mask = is_mask && kind == "lpm" && mask != nullptr && mask->number() != nullptr;
  if (has_mask && needed->is_fixed_integer() && !is_prefix(*mask->number(), needed->width)) {
    error(keyset.right->where, "the mask of an lpm key has its ones first, then its zeros",
          "make the key ternary where other masks are needed");
    return false;
  }
  return true;
}

// §12.11: a value set in place of a keyset, or of all keysets of a case.
bool Checker::check_value_set_use(const Expression& keyset, std::span<const Type* const> types) {
  const auto& value_set = to<ValueSetDeclaration>(*keyset.type->declaration);
  const Type* const element = value_set.type->type;
  if (site_ != Site::ParserState) {
    error(keyset.where, "a value set can only be used in a select");
    return false;
  }
  if (element == nullptr || element->is_poison()) {
    return false;
  }
  const auto same = [](const Type* a, const Type* b) {
    return a == b || a->is_poison() || b->is_poison() || underlying(a) == underlying(b);
  };
  if (types.size() == 1 && same(element, types[0])) {
    return true;
  }
  const std::vector<const Type*> parts = parts_of(types_, element);
  if (!std::ranges::equal(parts, types, same)) {
    error(keyset.where, fmt::format("value set '{}' holds {}, which is not what is selected on", value_set.name.text,
                                    to_text(element)))
        .note(value_set.name.where, fmt::format("'{}' is declared here", value_set.name.text));
    return false;
  }
  return true;
}

}  // namespace outrigger::p4
