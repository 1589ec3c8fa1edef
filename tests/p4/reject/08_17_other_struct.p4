// P4-16 §8.17: structures of two types are not assigned.

struct S { bit<8> x; }
struct T { bit<8> x; }
control c(inout S s, in T t) {
    apply { s = t; } // error
}
