// P4-16 §6.8: parameters and local variables are of one scope: the apply block cannot declare a parameter's name.

control c(inout bit<8> x) {
    bit<8> y = x;
    apply {
        if (x == 1) {
            bit<8> x = 2; // in a block of its own: a warning
            y = x;
        }
        bit<8> x = y; // error
    }
}
