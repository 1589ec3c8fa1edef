// P4-16 §12.7.2: and is known.

control c(inout bit<8> v, in bit<8> w) {
    apply {
        switch (v) {
            w: { v = 1; } // error
        }
    }
}
