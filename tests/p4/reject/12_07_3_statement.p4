// P4-16 §12.7.3: a label is followed by a block.

control c(inout bit<8> v) {
    apply {
        switch (v) {
            1: v = 2; // error
        }
    }
}
