// P4-16 §8.12.1: a Boolean is cast to one bit only.

control c(inout bit<8> x, in bool b) {
    apply { x = (bit<8>) b; } // error
}
