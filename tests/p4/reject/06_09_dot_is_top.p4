// P4-16 §6.9: a leading dot does not see locals.

control c(inout bit<8> v) {
    bit<8> x = 1;
    apply { v = .x; } // error
}
