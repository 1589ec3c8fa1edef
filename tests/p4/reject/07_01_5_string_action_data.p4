// P4-16 §7.1.5: the control plane writes no strings into tables.

control c(inout bit<8> x) {
    action a(string s) { // error
        x = 1;
    }
    apply { x = 2; }
}
