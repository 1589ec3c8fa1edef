// P4-16 §8.10.1: the sign is the left side's.

control c(inout bit<16> x, in int<8> s, in bit<8> u) {
    apply { x = s ++ u; } // error
}
