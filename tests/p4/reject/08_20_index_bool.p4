// P4-16 §8.20: an index is a number.

header H { bit<8> x; }
control c(inout H[4] hs) {
    apply { hs[true].x = 1; } // error
}
