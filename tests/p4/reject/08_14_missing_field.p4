// P4-16 §8.14: each field has a value.

struct S { bit<32> a; bit<32> b; }
const S s = { a = 1 }; // error
