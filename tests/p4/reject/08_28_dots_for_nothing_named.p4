// P4-16 §8.28: without them, each field has a value.

struct S { bit<8> a; bit<8> b; }
struct T { S s; bit<8> c; }
const T t = { s = ... }; // error
