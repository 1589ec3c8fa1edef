// P4-16 §8.12.1: only one bit is cast to bool.

control c(in bit<8> x, inout bool b) {
    apply { b = (bool) x; } // error
}
