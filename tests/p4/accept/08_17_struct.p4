// P4-16 §8.17: structures of one type are copied and compared.

header H { bit<8> x; }
struct S { bit<8> a; H h; H[2] hs; tuple<bool, bit<4>> t; }
const tuple<bit<8>, bit<8>> k = { 1, 2 };
control c(inout S s, inout S t, inout bool b) {
    apply {
        s = t;
        b = s == t;
        b = s != t || s.h == t.h;
        s.a = t.a;
        s.h = t.hs[0];
    }
}
