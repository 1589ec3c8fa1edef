// P4-16 §8.7: both sides of + have one width.

control c(inout bit<8> x, in bit<16> y) {
    apply { x = x + y; } // error
}
