// P4-16 §12.8: a loop has a condition.

control c(inout bit<8> v) {
    apply {
        for (v = 0; ; v = v + 1) { } // error
    }
}
