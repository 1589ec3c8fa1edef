// What the files of folding share: budgets and results. Private to folding.cc, fold_shift.cc, fold_cast.cc and
// default_value.cc.
#pragma once

#include <fmt/format.h>

#include <string>

#include "p4/limits.h"
#include "p4/value.h"

namespace outrigger::p4 {

[[nodiscard]] inline Folded fold_failed(std::string error) { return {nullptr, std::move(error)}; }
[[nodiscard]] inline Folded folded(const Value* value) { return {value, {}}; }

[[nodiscard]] inline size_t bits_of(const Integer& number) { return mpz_sizeinbase(number.get_mpz_t(), 2); }

// `number` as a value of `type`, or what is wrong with its size.
[[nodiscard]] inline Folded folded_number(ValueTable& values, const Type* type, const Integer& number) {
  if (underlying(type)->is(TypeKind::Int) && bits_of(number) > integer_bits_max) {
    return fold_failed(fmt::format("the result has more than {} bits", integer_bits_max));
  }
  return folded(values.number(type, number));
}

[[nodiscard]] inline Folded out_of_budget() {
  return fold_failed(fmt::format("the constants of this program are too large: folding them takes more than {} MiB",
                                 folding_bytes_max >> 20U));
}

// a << b and a >> b, `to_left` says which (fold_shift.cc).
[[nodiscard]] Folded fold_shift(ValueTable& values, bool to_left, const Integer& number, const Integer& amount,
                                const Type* type);

}  // namespace outrigger::p4
