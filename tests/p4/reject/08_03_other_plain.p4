// P4-16 §8.3: two plain enums are not equal.

enum X { a }
enum Y { a }
const bool b = X.a == Y.a; // error
