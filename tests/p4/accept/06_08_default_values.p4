// P4-16 §6.8: a parameter without direction or with `in` may have a default value.

extern void f(in bit a, in bit<3> b = 2, in bit<5> c);
extern void h(in bit<32> a, in bool b = true);
extern E { E(bit<32> size = 16); void m(in bit<8> x = 3); }
E() e1;
E(32) e2;
bit<8> k(in bit<8> x = 4) { return x; }
control c(inout bit<8> v) {
    apply {
        f(a = 1, b = 2, c = 3);
        f(a = 1, c = 3);
        f(c = 3, a = 1);
        f(1, 2, 3);
        h(10);
        h(a = 10);
        h(a = 10, b = false);
        e1.m();
        e2.m(x = 5);
        v = k() + k(1);
    }
}
