// Shifts of constants (P4-16 §8.9.2): an amount may be any number that is not negative; only int grows with it.
#include "p4/folding.h"

namespace outrigger::p4 {

Folded fold_shift(ValueTable& values, bool to_left, const Integer& number, const Integer& amount, const Type* type) {
  if (sgn(amount) < 0) {
    return fold_failed("a shift by a negative amount is not defined");
  }
  const Type* const below = underlying(type);
  // An amount beyond this makes no difference, but to int shifted left.
  const unsigned long enough = bits_of(number) + 1 + below->width;
  if (!to_left) {
    const unsigned long bits = cmp(amount, enough) >= 0 ? enough : amount.get_ui();
    Integer shifted;
    mpz_fdiv_q_2exp(shifted.get_mpz_t(), number.get_mpz_t(), bits);  // rounds down: §8.8, and the sign moves in
    return folded_number(values, type, shifted);
  }
  if (below->is_fixed_integer() || sgn(number) == 0) {
    return folded_number(values, type, cmp(amount, enough) >= 0 ? Integer(0) : number << amount.get_ui());
  }
  if (cmp(amount, integer_bits_max) > 0 || bits_of(number) + amount.get_ui() > integer_bits_max) {
    return fold_failed(fmt::format("the result of this shift has more than {} bits", integer_bits_max));
  }
  if (!values.spend((bits_of(number) + amount.get_ui()) / 8)) {
    return out_of_budget();
  }
  return folded_number(values, type, number << amount.get_ui());
}

}  // namespace outrigger::p4
