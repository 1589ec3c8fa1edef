// P4-16 §10: a function is declared at the top level.

control c(inout bit<8> v) {
    bit<8> f() { return 1; } // error
    apply { v = f(); }
}
