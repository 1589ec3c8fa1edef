// P4-16 §8.20: so is last.

header H { bit<8> x; }
control c(inout H[4] a, inout bit<8> v) {
    apply { v = a.last.x; } // error
}
