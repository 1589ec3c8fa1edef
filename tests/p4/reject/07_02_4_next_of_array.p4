// P4-16 §7.2.4, §8.19: an array of arrays of bits is no stack.

control c(inout bit<8> x) {
    bit<8>[2][3] a;
    apply {
        a.push_front(1); // error
    }
}
