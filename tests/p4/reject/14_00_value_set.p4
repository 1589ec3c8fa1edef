// P4-16 §14: a declaration of a control precedes its body.

control c(inout bit<8> v) {
    apply { v = 1; }
    action a() { } // error
}
