// P4-16 §12.8: break is within a loop.

control c(inout bit<8> v) {
    apply {
        if (v == 1) { break; } // error
    }
}
