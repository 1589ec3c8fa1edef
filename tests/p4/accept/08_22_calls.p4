// P4-16 §8.22: arguments by place or by name; an unwanted `out` is an underscore; results may be dropped.

extern void f(in bit<32> x, out bit<16> y);
extern bit<8> g(in bit<8> x);
extern T h<T>(in T x, out T y);
bit<8> k(in bit<8> a, in bit<8> b) { return a - b; }
control c(inout bit<32> xa, inout bit<16> ya, inout bit<8> v) {
    apply {
        f(xa, ya);
        f(x = xa, y = ya);
        f(y = ya, x = xa);
        f(1, _);
        f(x = 2, y = _);
        g(1);
        v = k(b = 1, a = 2);
        xa = h(xa, _);
        xa = h<bit<32>>(1, xa);
        f(xa, ya[15:0]);
    }
}
