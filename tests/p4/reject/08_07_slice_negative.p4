// P4-16 §8.7: bounds are not negative.

control c(inout bit<8> x) {
    apply { x = x[6:-1]; } // error
}
