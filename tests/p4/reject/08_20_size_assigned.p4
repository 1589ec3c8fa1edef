// P4-16 §8.20: nor is size.

header H { bit<8> x; }
control c(inout H[4] hs) {
    apply { hs.size = 3; } // error
}
