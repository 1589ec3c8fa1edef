// P4-16 §8.8: a slice of a signed value is unsigned.

control c(inout int<4> x, in int<8> z) {
    apply { x = z[3:0]; } // error
}
