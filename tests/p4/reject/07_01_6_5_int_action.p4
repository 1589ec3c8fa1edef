// P4-16 §7.1.6.5: no action has a parameter of type int.

control c(inout bit<8> v) {
    action a(int x) { v = 1; } // error
    apply { a(5); }
}
