// P4-16 §8.20: nor is it negative.

header H { bit<8> x; }
control c(inout H[4] hs) {
    apply { hs[-1].x = 1; } // error
}
