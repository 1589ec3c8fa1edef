// P4-16 §9: nor has an error.

control c(in error e, inout bit<8> v) {
    apply { v = e.minSizeInBits(); } // error
}
