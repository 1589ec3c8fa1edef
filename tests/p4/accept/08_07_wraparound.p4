// P4-16 §8.7: values that are known wrap around.

#include <core.p4>
const bool a = static_assert(8w255 + 8w1 == 8w0, "sum");
const bool b = static_assert(8w0 - 8w1 == 8w255, "difference");
const bool c = static_assert(-8w1 == 8w255, "negation");
const bool d = static_assert(8w200 |+| 8w100 == 8w255, "saturated");
const bool e = static_assert(8w1 |-| 8w2 == 8w0, "saturated at zero");
const bool f = static_assert(8w16 * 8w16 == 8w0, "product");
const bool g = static_assert(~8w0xf0 == 8w0x0f, "complement");
