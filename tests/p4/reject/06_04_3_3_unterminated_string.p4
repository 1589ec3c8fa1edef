// P4-16 §6.4.3.3: a string that is opened is closed.

#include <core.p4>
const bool a = static_assert(true, "no end); // error
