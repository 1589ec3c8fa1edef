// P4-16 §8.7: a value is assigned to its own width.

control c(inout bit<8> x, in bit<16> y) {
    apply { x = y; } // error
}
