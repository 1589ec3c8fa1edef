// P4-16 §8.8: a signed value is not shifted by a signed one.

control c(inout int<8> z) {
    apply { z = z << z; } // error
}
