// P4-16 §7.2.12: what is not generic has no type arguments.

struct S { bit<8> a; }
const S<bit<8>> s = { 1 }; // error
