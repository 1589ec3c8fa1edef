// P4-16 §8.14: and the value has its type.

struct S { bit<32> a; bool b; }
const S s = { a = 1, b = 2 }; // error
