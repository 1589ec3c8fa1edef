// P4-16 §12.8: a loop's variable ends with it.

control c(inout bit<8> v) {
    apply {
        for (bit<8> i = 0; i < 3; i = i + 1) { v = i; }
        v = i; // error
    }
}
