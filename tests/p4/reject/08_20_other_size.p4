// P4-16 §8.20: stacks of two sizes are not assigned.

header H { bit<8> x; }
control c(inout H[4] a, in H[3] b) {
    apply { a = b; } // error
}
