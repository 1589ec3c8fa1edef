// P4-16 §8.8: also of a comparison.

control c(in bit<8> x, in int<8> z, inout bool b) {
    apply { b = x < z; } // error
}
