// P4-16 §6.10: what a control declares is not seen from another.

control a(inout bit<8> v) {
    action act() { v = 1; }
    apply { act(); }
}
control b(inout bit<8> v) {
    apply { act(); } // error
}
