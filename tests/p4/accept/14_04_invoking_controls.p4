// P4-16 §14.4: controls call controls, with out parameters, several times and at several depths.

struct S { bit<8> x; bit<8> y; }
control leaf(in bit<8> a, out bit<8> b) { apply { b = a + 1; } }
control middle(inout S s)(bit<8> k) {
    leaf() l;
    leaf() m;
    apply { l.apply(s.x, s.y); m.apply(s.y + k, s.x); l.apply(b = s.x, a = 1); }
}
control c(inout S s) {
    middle(1) a;
    middle(k = 2) b;
    apply { a.apply(s); b.apply(s); if (s.x == 0) { a.apply(s); } }
}
