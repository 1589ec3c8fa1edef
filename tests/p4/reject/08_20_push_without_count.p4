// P4-16 §8.20: push_front has one argument.

header H { bit<8> x; }
control c(inout H[4] hs) {
    apply { hs.push_front(); } // error
}
