// P4-16 §8.20: a stack has no validity.

header H { bit<8> x; }
control c(in H[4] hs, inout bool b) {
    apply { b = hs.isValid(); } // error
}
