// P4-16 §6.6.1: two variables of a block have different names.

control c(inout bit<8> v) {
    apply {
        bit<8> x = 1;
        bit<16> x = 2; // error
        v = 3;
    }
}
