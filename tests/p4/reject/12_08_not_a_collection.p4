// P4-16 §12.8: what is looped over has elements.

control c(inout bit<8> v, in bit<8> w) {
    apply {
        for (bit<8> x in w) { v = x; } // error
    }
}
