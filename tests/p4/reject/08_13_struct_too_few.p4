// P4-16 §8.13: a structure takes as many elements as it has fields.

struct S { bit<8> a; bit<8> b; }
const S s = { 1 }; // error
