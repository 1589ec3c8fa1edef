// P4-16 §8.8: both sides of / have one sign.

control c(inout bit<8> x, in int<8> y) {
    apply { x = x / y; } // error
}
