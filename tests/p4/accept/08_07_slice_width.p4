// P4-16 §8.7: a slice by its lowest bit and its width (after v1.2.5).

control c(inout bit<16> v, inout bit<8> w) {
    apply {
        w = v[8+:8];
        v[0+:8] = w;
    }
}
