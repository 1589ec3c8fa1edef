// P4-16 §6.8.2: an action has no optional parameters.

control c(inout bit<8> v) {
    action a(@optional bit<8> x) { v = x; } // error
    apply { a(1); }
}
