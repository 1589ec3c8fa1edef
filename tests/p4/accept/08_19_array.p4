// P4-16 §8.19: arrays are indexed, copied, passed (after v1.2.5).

control inner(inout bit<8>[3] a, in bit<2> i) {
    apply { a[i] = a[0] + a[1]; }
}
control c(inout bit<8>[3] a, inout bit<8>[3] b) {
    inner() n;
    apply {
        a = b;
        n.apply(a, 2);
        b[1][3:0] = a[2][7:4];
    }
}
