// P4-16 §6.7: a literal is no l-value.

control c(inout bit<8> v) {
    apply { 5 = v; } // error
}
