// P4-16 §19: its message is a string.

#include <core.p4>
const bool _check = static_assert(true, 5); // error
