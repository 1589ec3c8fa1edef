// P4-16 §8.12.2: bits are not widened without a cast.

control c(inout bit<16> y, in bit<8> x) {
    apply { y = x; } // error
}
