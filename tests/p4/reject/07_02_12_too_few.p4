// P4-16 §7.2.12: all type variables are bound.

struct S<A, B> { A a; B b; }
const S<bit<8>> s = { 1, 2 }; // error
