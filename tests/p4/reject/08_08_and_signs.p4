// P4-16 §8.8: and of &.

control c(inout bit<8> x, in int<8> z) {
    apply { x = x & z; } // error
}
