// P4-16 §8.12.1: also the other way.

control c(inout bit<8> z, in int<16> y) {
    apply { z = (bit<8>) y; } // error
}
