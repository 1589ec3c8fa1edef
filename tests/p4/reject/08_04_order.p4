// P4-16 §8.4: match kinds have no order.

#include <core.p4>
const bool b = exact < lpm; // error
