// P4-16 §8.7: a shift is not by a negative number.

control c(inout bit<8> x) {
    apply { x = x << -1; } // error
}
