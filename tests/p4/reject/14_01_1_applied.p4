// P4-16 §14.1.1: an action is called, not applied.

control c(inout bit<8> v) {
    action a() { }
    apply { a.apply(); } // error
}
