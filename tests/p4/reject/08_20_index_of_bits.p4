// P4-16 §8.20: bits have no elements.

control c(inout bit<8> v) {
    apply { v = v[3]; } // error
}
