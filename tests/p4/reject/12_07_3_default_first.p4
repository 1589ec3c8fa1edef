// P4-16 §12.7.3: default is the last label.

control c(inout bit<8> v) {
    apply {
        switch (v) {
            default: { v = 1; } // error
            1: { v = 2; }
        }
    }
}
