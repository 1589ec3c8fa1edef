// P4-16 §8.10.2: the left side decides the type; the right one may be int if it is known.

enum bit<8> E { a = 3 }
control c(inout bit<16> x, inout int<16> y, in bit<8> n) {
    apply {
        x = x << n;
        y = y >> n;
        x = x << E.a;
        x = 16w1 << n;
        y = y << 3;
    }
}
