// P4-16 §12.8: the variable has the elements' type.

header H { bit<8> x; }
control c(inout bit<8> v, in H[3] hs) {
    apply {
        for (bit<8> x in hs) { v = x; } // error
    }
}
