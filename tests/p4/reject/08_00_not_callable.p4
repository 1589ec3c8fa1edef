// P4-16 §8: a number is not called.

control c(inout bit<8> v) {
    apply { v = v(1); } // error
}
