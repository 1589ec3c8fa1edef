// P4-16 §19: and Boolean.

#include <core.p4>
const bool _check = static_assert(8w1, "no"); // error
