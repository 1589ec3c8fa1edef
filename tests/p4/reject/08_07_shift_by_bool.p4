// P4-16 §8.7: nor by a Boolean.

control c(inout bit<8> x, in bool n) {
    apply { x = x >> n; } // error
}
