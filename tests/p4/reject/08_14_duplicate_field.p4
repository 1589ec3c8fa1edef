// P4-16 §8.14: and only one.

struct S { bit<32> a; bit<32> b; }
const S s = { a = 1, b = 2, a = 3 }; // error
