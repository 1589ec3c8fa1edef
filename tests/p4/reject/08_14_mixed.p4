// P4-16 §8.14: values have names, or none has.

struct S { bit<32> a; bit<32> b; }
const S s = { a = 1, 2 }; // error
