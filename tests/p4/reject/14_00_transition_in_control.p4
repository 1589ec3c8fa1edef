// P4-16 §14: nor transitions.

control c(inout bit<8> v) {
    apply { transition accept; } // error
}
