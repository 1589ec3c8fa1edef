// P4-16 §12.4: nor does an action.

control c(inout bit<8> v) {
    action a() { return v; } // error
    apply { a(); }
}
