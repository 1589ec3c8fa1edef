// P4-16 §8.12.2: int becomes the other side's type, and an enum its own type beneath.

enum bit<8> E { a = 5 }
header H { bit<8> f; }
struct S { bit<8> x; int<8> y; }
extern void f(in bit<8> x, bit<16> y);
control c(inout bit<8> x, inout int<8> z, inout H[8] hs, inout S s) {
    apply {
        x = x + 1;
        if (z < 0 || 0 > z) { z = -3; }
        x = x | 0xF;
        x = x + E.a;
        if (x == E.a) { x = E.a; }
        x = x << E.a;
        x = 8w11 << E.a;
        hs[E.a].f = 1;
        x[E.a:0] = 1;
        s = { 1, -2 };
        s = { y = 3, x = 1 };
        f(1, 2);
        f(E.a, 3);
        z = z & 5;
    }
}
