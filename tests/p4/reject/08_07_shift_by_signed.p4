// P4-16 §8.7: nor by a signed value.

control c(inout bit<8> x, in int<8> n) {
    apply { x = x << n; } // error
}
