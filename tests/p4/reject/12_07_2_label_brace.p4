// P4-16 §12.7.2: a label does not begin with a brace.

control c(inout bit<8> v) {
    apply {
        switch (v) {
            { 1 }: { v = 1; } // error
        }
    }
}
