// P4-16 §8.22: bits have no methods.

control c(inout bit<8> v) {
    apply { v.clear(); } // error
}
