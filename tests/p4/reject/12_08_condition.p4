// P4-16 §12.8: a loop's condition is Boolean.

control c(inout bit<8> v) {
    apply {
        for (bit<8> i = 0; i; i = i + 1) { v = i; } // error
    }
}
