// P4-16 §6.7: names, fields, elements, last's fields read, slices, and mixtures of them.

header H { bit<16> f; bit<8> g; }
struct S { H h; H[4] hs; bit<8> x; }
control c(inout S s, inout bit<32> v, in bit<2> i) {
    apply {
        v = 1;
        s.x = 2;
        s.h = { 3, 4 };
        s.h.f = 5;
        s.hs[1].g = 6;
        s.hs[i].f[7:0] = 7;
        s.hs[2] = s.hs[i];
        v[31:24] = s.x;
        v[15:8][3:0] = 9;
        s = s;
    }
}
