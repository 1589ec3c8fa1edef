// P4-16 §12.1: an operator before the equals sign (after v1.2.5).

control c(inout bit<8> v, inout int<8> w, in bit<3> n) {
    apply {
        v += 1;
        v -= v;
        v *= 3;
        v |+|= 4;
        v |-|= 5;
        v &= 0xf;
        v |= 1;
        v ^= v;
        v <<= 2;
        v >>= n;
        w += -1;
        v[3:0] += 1;
    }
}
