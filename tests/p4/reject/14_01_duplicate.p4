// P4-16 §14.1: two actions of a control have different names.

control c(inout bit<8> v) {
    action a() { v = 1; }
    action a() { v = 2; } // error
    apply { a(); }
}
