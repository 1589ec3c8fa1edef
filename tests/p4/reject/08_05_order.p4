// P4-16 §8.5: Booleans have no order.

const bool b = false < true; // error
