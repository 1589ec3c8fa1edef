// P4-16 §12.6: a branch is a statement.

control c(inout bit<8> v) {
    apply { if (v == 1) bit<8> x = 1; } // error
}
