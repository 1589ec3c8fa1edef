// P4-16 §11.2: variables in blocks, states, actions, functions, and beside a control's or parser's declarations.

#include <core.p4>
header H { bit<8> x; }
struct S { H h; bit<8> y; }
bit<8> f(in bit<8> x) {
    bit<8> y = x + 1;
    return y;
}
parser p(packet_in b, out H h) {
    bit<8> outer = 3;
    H tmp;
    state start {
        bit<8> inner = outer;
        b.extract(tmp);
        h = tmp;
        transition select(inner) { 3: accept; default: reject; }
    }
}
control c(inout bit<8> v) {
    bit<8> a = v;
    S s;
    H[3] hs;
    tuple<bit<8>, bool> t = { 1, true };
    error e;
    bool flag = a == 1;
    action act() {
        bit<8> z = a;
        v = z;
    }
    apply {
        @name("renamed") bit<8> w = f(a);
        varbit<8> vb;
        if (flag) { bit<8> deep = w; v = deep; }
        act();
    }
}
