// P4-16 §14: statements are in the body.

control c(inout bit<8> v) {
    v = 1; // error
    apply { }
}
