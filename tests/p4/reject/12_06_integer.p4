// P4-16 §12.6: a condition is Boolean.

control c(inout bit<8> v) {
    apply { if (v) { v = 1; } } // error
}
