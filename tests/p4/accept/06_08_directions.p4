// P4-16 §6.8: in, out and inout parameters of functions, actions, controls and externs.

extern void e(in bit<8> a, out bit<8> b, inout bit<8> c);
bit<8> f(in bit<8> a, out bit<8> b, inout bit<8> c) {
    b = a;
    c = c + a;
    return b;
}
control inner(in bit<8> a, out bit<8> b, inout bit<8> c) {
    apply { b = a; c = b; }
}
control c(inout bit<8> x, inout bit<8> y) {
    inner() i;
    action act(in bit<8> a, out bit<8> b, inout bit<8> d, bit<8> data) { b = a + data; d = b; }
    apply {
        bit<8> z;
        e(x + 1, z, y);
        z = f(1, x, y);
        i.apply(z, x, y);
        act(x, y, z, x + y);
    }
}
