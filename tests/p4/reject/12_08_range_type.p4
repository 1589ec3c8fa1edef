// P4-16 §12.8: the variable has the range's type.

control c(inout bit<8> v, in bit<16> w) {
    apply {
        for (bit<8> x in w .. 20) { v = x; } // error
    }
}
