// P4-16 §8.28: three dots come last.

struct S { bit<8> a; bit<8> b; }
const S s = { ..., b = 2 }; // error
