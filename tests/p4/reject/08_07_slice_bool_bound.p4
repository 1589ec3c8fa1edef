// P4-16 §8.7: a bound is a number.

control c(inout bit<8> x) {
    apply { x[1:0] = x[true:0]; } // error
}
