// P4-16 §12.6: also where it is known.

control c(inout bit<8> v) {
    apply { if (1) { v = 1; } } // error
}
