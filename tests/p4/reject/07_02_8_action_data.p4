// P4-16 §7.2.8, §14.1: the control plane writes no lists into tables.

control c(inout bit<8> x) {
    action a(list<bit<8>> l) { // error
        x = 1;
    }
    apply { x = 2; }
}
