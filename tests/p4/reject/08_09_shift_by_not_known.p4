// P4-16 §8.9: int is shifted by what is known.

control c(inout bit<8> x) {
    apply { x = 1 << x; } // error
}
