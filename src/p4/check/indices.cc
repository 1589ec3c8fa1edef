// base[index] of stacks, arrays and tuples; base[high:low] and base[low+:width] of numbers (P4-16 §8.6, §8.13, §8.18).
#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"

namespace outrigger::p4 {

namespace {

// Part `index` of a composite that is known; else null.
const Value* part_of(const Value* base, uint32_t index) {
  const Value::Composite* const composite = base == nullptr ? nullptr : base->composite();
  return composite != nullptr && index < composite->parts.size() ? composite->parts[index] : nullptr;
}

}  // namespace

const Type* Checker::check_index(IndexExpression& expression) {
  const Type* const base = check(*expression.base);
  if (base->is(TypeKind::Tuple)) {
    return check_tuple_index(expression);
  }
  Expression& index = *expression.index;
  check(index);
  if (base->is_poison() || index.type->is_poison()) {
    return settle_poison(expression);
  }
  if (!base->is(TypeKind::Stack)) {
    error(expression.base->where,
          fmt::format("only stacks and tuples have elements, and this is of type {}", to_text(base)),
          base->is_integer() ? "a bit of a number is a slice: [n:n]" : "");
    return settle_poison(expression);
  }
  if (!lower_enum(index)->is_integer()) {
    error(index.where, fmt::format("an index is a number, and this is of type {}", to_text(index.type)));
    return settle_poison(expression);
  }
  const Type* const element = base->arguments[0];
  const Value* const value = converted_value(index);
  if (value == nullptr || value->number() == nullptr) {
    return settle(expression, element, expression.base->is_known && index.is_known);
  }
  if (base->size == 0 && sgn(*value->number()) == 0) {
    // Programs ask such a stack's element for its size; there is nothing else to do with it.
    warning("empty-stack", index.where, fmt::format("{} has no elements", to_text(base)), "give it at least one");
    return settle(expression, element, false);
  }
  if (sgn(*value->number()) < 0 || cmp(*value->number(), base->size) >= 0) {
    error(index.where,
          fmt::format("{} has {} elements, numbered from 0: there is none with this index", to_text(base), base->size));
    return settle_poison(expression);
  }
  const auto at = static_cast<uint32_t>(value->number()->get_ui());
  return settle(expression, element, expression.base->is_known, part_of(expression.base->value, at));
}

const Type* Checker::check_tuple_index(IndexExpression& expression) {
  const Type* const base = expression.base->type;
  const auto count = static_cast<uint32_t>(base->arguments.size());
  if (count == 0) {
    error(expression.where, "a tuple<> has no elements");
    return settle_poison(expression);
  }
  const std::optional<uint32_t> index = require_count(*expression.index, "the index of a tuple", 0, count - 1);
  if (!index.has_value()) {
    return settle_poison(expression);
  }
  return settle(expression, base->arguments[*index], expression.base->is_known,
                part_of(expression.base->value, *index));
}

const Type* Checker::check_slice(SliceExpression& expression) {
  check(*expression.base);
  if (expression.base->type->is_poison()) {
    return settle_poison(expression);
  }
  const Type* const base = lower_enum(*expression.base);
  if (!base->is_integer()) {
    error(expression.base->where, fmt::format("a slice is taken of a number, and this is of type {}", to_text(base)),
          base->is(TypeKind::NewType)
              ? fmt::format("cast it: (({}){})[…]", to_text(base->arguments[0]), operand_text(*expression.base))
              : "");
    return settle_poison(expression);
  }
  if (expression.is_plus) {
    return check_slice_of_width(expression, base);
  }
  const uint32_t most = base->is(TypeKind::Int) ? width_bits_max - 1 : base->width - 1;
  if (base->is_fixed_integer() && base->width == 0) {
    error(expression.where, fmt::format("{} has no bits", to_text(base)));
    return settle_poison(expression);
  }
  const std::optional<uint32_t> high = require_count(*expression.high, "the high bit of a slice", 0, most);
  const std::optional<uint32_t> low = require_count(*expression.low, "the low bit of a slice", 0, most);
  if (!high.has_value() || !low.has_value()) {
    return settle_poison(expression);
  }
  if (*high < *low) {
    error(expression.where,
          fmt::format("a slice goes from its high bit to its low one, and {} is less than {}", *high, *low),
          fmt::format("write [{}:{}]", *low, *high));
    return settle_poison(expression);
  }
  const Type* const type = types_.bit(*high - *low + 1);
  const Value* const value = converted_value(*expression.base);
  if (value == nullptr) {
    return settle(expression, type, expression.base->is_known);
  }
  return settle(expression, type, true, fold_slice(values_, *value, *high, *low, type));
}

// base[low+:width], where the low bit need not be known.
const Type* Checker::check_slice_of_width(SliceExpression& expression, const Type* base) {
  Expression& low = *expression.high;
  const uint32_t most = base->is(TypeKind::Int) ? width_bits_max : base->width;
  const std::optional<uint32_t> width = require_count(*expression.low, "the width of a slice", 0, most);
  check(low);
  if (!width.has_value() || low.type->is_poison()) {
    return settle_poison(expression);
  }
  const Type* const type = types_.bit(*width);
  const Value* const known = lower_enum(low)->is_integer() ? converted_value(low) : nullptr;
  if (known == nullptr) {
    if (!low.converted->is(TypeKind::Bit) && !low.is_known) {
      error(low.where, fmt::format("the low bit of a slice is not negative, and this is of type {}", to_text(low.type)),
            "cast it to bit<>");
      return settle_poison(expression);
    }
    if (base->is(TypeKind::Int)) {
      error(expression.base->where, "the width of what the slice is taken from is not known",
            "give the number a width: 8w…");
      return settle_poison(expression);
    }
    return settle(expression, type);
  }
  const std::optional<uint32_t> begin = require_count(low, "the low bit of a slice", 0, most - *width);
  if (!begin.has_value()) {
    return settle_poison(expression);
  }
  const Value* const value = converted_value(*expression.base);
  if (value == nullptr || *width == 0) {
    return settle(expression, type, expression.base->is_known);
  }
  return settle(expression, type, true, fold_slice(values_, *value, *begin + *width - 1, *begin, type));
}

}  // namespace outrigger::p4
