// P4-16 §8.20: pop_front's count is positive.

header H { bit<8> x; }
control c(inout H[4] hs) {
    apply { hs.pop_front(-1); } // error
}
