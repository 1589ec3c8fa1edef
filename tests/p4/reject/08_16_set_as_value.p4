// P4-16 §8.16: a set is no value.

control c(inout bit<8> v) {
    apply { v = 8w1 &&& 8w3; } // error
}
