// P4-16 §8.8: both sides have one sign.

control c(inout bit<8> x, in int<8> z) {
    apply { x = x + z; } // error
}
