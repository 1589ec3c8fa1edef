// P4-16 §6.9: a name is declared somewhere.

control c(inout bit<8> v) {
    apply { v = w; } // error
}
