// P4-16 §8.5.1: the condition is Boolean.

control c(inout bit<8> v) {
    apply { v = v ? 8w1 : 8w2; } // error
}
