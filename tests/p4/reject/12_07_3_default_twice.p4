// P4-16 §12.7.3: nor is default there twice.

control c(inout bit<8> v) {
    apply {
        switch (v) {
            default: { v = 1; } default: { v = 2; } // error
        }
    }
}
