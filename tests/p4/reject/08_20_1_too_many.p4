// P4-16 §8.20.1: a stack has as many elements as its size.

header H { bit<8> x; }
control c(inout H[2] hs) {
    apply { hs = { { 1 }, { 2 }, { 3 } }; } // error
}
