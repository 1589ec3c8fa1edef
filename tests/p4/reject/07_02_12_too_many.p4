// P4-16 §7.2.12: and no more.

struct S<A> { A a; }
const S<bit<8>, bit<8>> s = { 1 }; // error
