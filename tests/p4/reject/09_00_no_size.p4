// P4-16 §9: an enum without a type beneath has no size.

enum E { a, b }
const int n = E.minSizeInBits(); // error
