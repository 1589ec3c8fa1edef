// P4-16 §8.7: both sides of == have one width.

control c(in bit<8> x, in bit<16> y, inout bool b) {
    apply { b = x == y; } // error
}
