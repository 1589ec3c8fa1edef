// P4-16 §8.18: a structure is not invalid.

struct S { bit<8> x; }
control c(inout S s) {
    apply { s = {#}; } // error
}
