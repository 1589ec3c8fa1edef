// P4-16 §8.7: slices are bit strings and l-values.

control c(inout bit<16> v, inout bit<8> w) {
    apply {
        w = v[15:8];
        v[7:0] = w;
        v[8:8] = w[0:0];
        w = v[11:4] + 1;
        v[15:0] = v;
        w[7:4] = v[3:0];
        w[3:0] = 4w1 + v[7:0][7:4];
        w[1+1:0] = 5;
    }
}
