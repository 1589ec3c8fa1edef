// P4-16 §8.20: an index that is known is within the stack.

header H { bit<8> x; }
control c(inout H[4] hs) {
    apply { hs[4].x = 1; } // error
}
