// P4-16 §8.14: what has a value is a field.

struct S { bit<32> a; bit<32> b; }
const S s = { a = 1, c = 2 }; // error
