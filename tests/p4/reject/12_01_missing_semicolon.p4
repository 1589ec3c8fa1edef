// P4-16 §12: a statement ends with a semicolon.

control c(inout bit<8> v) {
    apply { v = 1 } // error
}
