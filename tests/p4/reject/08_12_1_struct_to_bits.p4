// P4-16 §8.12.1: a structure is not cast to bits.

struct S { bit<8> x; }
control c(inout bit<8> v, in S s) {
    apply { v = (bit<8>) s; } // error
}
