// P4-16 §8.7: a slice ends within its value.

control c(inout bit<8> x, inout bit<8> y) {
    apply { y = x[8:1]; } // error
}
