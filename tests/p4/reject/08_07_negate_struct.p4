// P4-16 §8.7: nor is a structure negated.

struct S { bit<8> x; }
control c(inout S s) {
    apply { s = -s; } // error
}
