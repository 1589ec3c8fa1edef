// P4-16 §19: also without a message.

#include <core.p4>
const bool _check = static_assert(8w255 + 1 != 0); // error
