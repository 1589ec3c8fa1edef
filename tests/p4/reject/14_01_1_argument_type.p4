// P4-16 §14.1.1: of their types.

control c(inout bit<8> v) {
    action a(bit<8> y) { v = y; }
    apply { a(true); } // error
}
