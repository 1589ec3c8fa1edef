// P4-16 §8.3: a plain enum has no order.

enum X { v1, v2 }
const bool b = X.v1 < X.v2; // error
