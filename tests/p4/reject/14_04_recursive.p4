// P4-16 §14.4: a control does not contain itself.

control c(inout bit<8> v) {
    c() again; // error
    apply { v = 1; }
}
