// P4-16 §7.2.3, in practice: an array's size may stand behind its name. Of two sizes the first is that of the whole.

header H { bit<8> f; }
struct S {
    bit<8> f[4];
    H stack[3];
    bit<16> g[2][5];
}
typedef bit<8> Four[4];
const bit<8> squares[3] = { 0, 1, 4 };
void first(in bit<8> from[4], out bit<8> to) {
    to = from[0];
}
control c(inout S s, inout Four four, inout bit<8> more[4]) {
    bit<16> local[5];
    apply {
        bit<8> inner[4] = { 1, 2, 3, 4 };
        s.f = inner;
        four = s.f;
        more = four;
        s.g[1] = local;
        s.g[0][4] = 16w1;
        s.stack[2] = { squares[2] };
        first(more, s.stack[0].f);
    }
}
