// P4-16 §8.20: and lastIndex.

header H { bit<8> x; }
control c(inout H[4] a, inout bit<32> v) {
    apply { v = a.lastIndex; } // error
}
