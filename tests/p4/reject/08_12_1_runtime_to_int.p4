// P4-16 §8.12.1: what is not known is not cast to int.

control c(inout bit<8> x, in bit<8> y) {
    apply { x = (bit<8>) ((int) y + 1); } // error
}
