// P4-16 §8.7: a slice takes as many bits as it has.

control c(inout bit<8> x) {
    apply { x[3:0] = 5w1; } // error
}
