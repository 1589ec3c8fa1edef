// P4-16 §14: a control has a body.

control c(inout bit<8> v) { // error
    action a() { v = 1; }
}
