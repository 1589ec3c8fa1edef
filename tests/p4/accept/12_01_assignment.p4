// P4-16 §12.1: assignments copy whole structures, headers, stacks and tuples.

header H { bit<8> x; }
struct S { H h; H[2] hs; bit<8> y; tuple<bit<8>, bool> t; }
control c(inout S s, inout S t, in bit<1> i) {
    apply {
        s = t;
        s.h = t.hs[i];
        s.hs = t.hs;
        s.t = t.t;
        s.t = { 1, true };
        s.hs[i].x[3:0] = t.y[7:4];
    }
}
