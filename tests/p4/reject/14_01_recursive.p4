// P4-16 §14.1: an action does not call itself.

control c(inout bit<8> v) {
    action a() { a(); } // error
    apply { a(); }
}
