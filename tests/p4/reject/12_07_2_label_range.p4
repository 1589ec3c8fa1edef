// P4-16 §12.7.2: a label is a value, not a set.

control c(inout bit<8> v) {
    apply {
        switch (v) {
            1 .. 3: { v = 1; } // error
        }
    }
}
