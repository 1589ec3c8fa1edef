// P4-16 §12.7.2: nor on a structure.

struct S { bit<8> x; }
control c(inout bit<8> v, in S s) {
    apply {
        switch (s) { // error
            default: { v = 1; }
        }
    }
}
