// P4-16 §14.1.1: an action has no value.

control c(inout bit<8> v) {
    action a() { }
    apply { v = a(); } // error
}
