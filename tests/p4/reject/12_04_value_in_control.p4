// P4-16 §12.4: a control returns no value.

control c(inout bit<8> v) {
    apply { return v; } // error
}
