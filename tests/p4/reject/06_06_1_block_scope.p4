// P4-16 §6.6.1: what a block declares ends with it.

control c(inout bit<8> v) {
    apply {
        { bit<8> x = 1; v = x; }
        v = x; // error
    }
}
