// P4-16 §8.7: a slice that begins where the packet says is taken of something with a width.

control c(inout bit<4> v, in bit<8> low) {
    apply {
        v = 255[low +: 4]; // error
    }
}
