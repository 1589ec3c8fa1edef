// P4-16 §8.12.1: a cast changes the sign or the width.

control c(inout int<8> z, in bit<16> y) {
    apply { z = (int<8>) y; } // error
}
