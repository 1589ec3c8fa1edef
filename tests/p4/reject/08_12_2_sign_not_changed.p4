// P4-16 §8.12.2: nor does a sign change.

control c(inout int<8> y, in bit<8> x) {
    apply { y = x; } // error
}
