// P4-16 §19: a static assertion holds.

#include <core.p4>
const bool _check = static_assert(1 > 2, "one is not more than two"); // error
