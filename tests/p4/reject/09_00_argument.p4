// P4-16 §9: minSizeInBits takes no argument.

control c(inout bit<8> v) {
    apply { v = v.minSizeInBits(1); } // error
}
