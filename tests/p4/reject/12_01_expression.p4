// P4-16 §12: a value alone is no statement.

control c(inout bit<8> v) {
    apply { v + 1; } // error
}
