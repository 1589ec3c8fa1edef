// P4-16 §8.7: what is divided at run time is not defined for a signed and an unsigned side.

control c(inout bit<8> x, in int<8> y) {
    apply { x = x / y; } // error
}
