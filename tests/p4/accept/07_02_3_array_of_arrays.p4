// P4-16 §7.2.3, §7.2.9: arrays of arrays, as elements of structs and headers too.

header H {
    bit<8>[2][3] f;
}
struct S {
    bit<8>[2][3] f;
    H[2] h;
}
typedef bool[2] Pair;
const bit<8>[2][2] table_of = { { 1, 2 }, { 3, 4 } };
control c(inout S s, in bit<8> i, inout Pair[4] pairs) {
    bit<8>[2][3] g = { { 1, 2 }, { 3, 4 }, ... };
    apply {
        g[2] = { 5, 6 };
        g[2][0] = g[i][1];
        s.f = g;
        s.h[0].f[i][i][3:0] = 4w5;
        pairs[3][1] = s.f == g;
        g[0] = table_of[1];
    }
}
