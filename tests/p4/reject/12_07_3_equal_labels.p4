// P4-16 §12.7.3: two labels are not equal.

control c(inout bit<8> v) {
    apply {
        switch (v) {
            2: { v = 1; }
            1 + 1: { v = 2; } // error
        }
    }
}
