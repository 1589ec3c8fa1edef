// P4-16 §12.7.2: a label has the expression's type.

control c(inout bit<8> v) {
    apply {
        switch (v) {
            16w1: { v = 1; } // error
        }
    }
}
