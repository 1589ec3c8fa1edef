// P4-16 §8.20.1: its elements are headers of its type.

header H { bit<8> x; }
control c(inout H[2] hs) {
    apply { hs = { true, false }; } // error
}
