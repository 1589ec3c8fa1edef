// P4-16 §20.3.1: an optional parameter in the middle; with arguments by name.

extern void f(in bit<8> a, @optional in bit<8> b, in bit<8> c);
extern void g(in bit<8> a, @optional out bit<8> b);
control c(inout bit<8> v) {
    apply {
        f(a = 1, c = 2);
        f(1, 2, 3);
        g(1);
        g(1, v);
    }
}
