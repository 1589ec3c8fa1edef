// P4-16 §14: a control has no states.

control c(inout bit<8> v) {
    state start { } // error
    apply { }
}
