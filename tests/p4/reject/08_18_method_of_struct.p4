// P4-16 §8.18: a structure has no validity.

struct S { bit<8> x; }
control c(inout S s) {
    apply { s.setValid(); } // error
}
