// P4-16 §8.2: errors have no order.

#include <core.p4>
const bool b = error.NoError < error.NoMatch; // error
