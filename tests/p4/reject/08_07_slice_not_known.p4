// P4-16 §8.7: bounds are known to the compiler.

control c(inout bit<8> x, in bit<8> n) {
    apply { x[3:0] = x[n:0]; } // error
}
