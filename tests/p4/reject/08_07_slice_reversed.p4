// P4-16 §8.7: the first bound is not below the second.

control c(inout bit<8> x, inout bit<8> y) {
    apply { y[3:0] = x[0:3]; } // error
}
