// P4-16 §8.22: a structure is not called.

struct S { bit<8> x; }
control c(inout S s) {
    apply { s(); } // error
}
