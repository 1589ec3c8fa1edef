// P4-16 §8: a type is no value.

struct S { bit<8> x; }
control c(inout S v) {
    apply { v = S; } // error
}
