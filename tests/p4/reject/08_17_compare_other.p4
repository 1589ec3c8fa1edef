// P4-16 §8.17: nor compared.

struct S { bit<8> x; }
struct T { bit<8> x; }
control c(in S s, in T t, inout bool b) {
    apply { b = s == t; } // error
}
