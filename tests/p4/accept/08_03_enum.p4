// P4-16 §8.3: plain enums are equal or not; others are cast both ways and mix with their type.

enum X { v1, v2, v3 }
enum bit<8> E { e1 = 0, e2 = 1, e3 = 2 }
enum bit<8> F { e1 = 10, e2 = 11 }
control c(inout X x, inout E e, inout F f, inout bit<8> v) {
    apply {
        if (x == X.v1 || x != X.v2) { x = X.v3; }
        v = (bit<8>) e;
        e = (E) v;
        v = E.e2;
        v = e << 3;
        e = (E) f;
        e = (E) (E.e1 + 1);
        e = (E) (F.e1 + F.e2);
        v = e + f;
        if (e > f || e == E.e1 || v == e) { v = -e; }
        e = (E) 8w5;
        v = e + 1;
    }
}
