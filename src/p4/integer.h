// Integer: an integer of any size, for literals and constants. The only header that knows it is GMP's.
#pragma once

#include <gmpxx.h>

namespace outrigger::p4 {

using Integer = mpz_class;

}  // namespace outrigger::p4
