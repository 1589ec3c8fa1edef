// P4-16 §6.8: an action's parameters without direction come last.

control c(inout bit<8> v) {
    action a(bit<8> data, in bit<8> x) { v = x + data; } // error
    apply { a(1, 2); }
}
