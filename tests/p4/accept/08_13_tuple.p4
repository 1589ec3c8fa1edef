// P4-16 §8.13: tuples are assigned, compared, indexed, passed and returned.

struct S { bit<32> a; bool b; }
header H { bit<8> x; bit<8> y; }
extern void learn<T>(in T data);
tuple<bit<8>, bool> f(in tuple<bit<8>, bool> t) { return t; }
const tuple<bit<32>, bool> k = { 10, false };
const bit<32> k0 = k[0];
const S s0 = { 10, true };
control c(inout S s, inout H h, inout bool b) {
    apply {
        tuple<bit<32>, bool> x = { 10, false };
        x = { s.a, s.b };
        b = x == k || x != k;
        s.a = x[0];
        s.b = x[2 - 1];
        s = { 10, false };
        s = { x[0], b };
        h = { 1, 2 };
        learn({ s.a, h.x, { s.b, h } });
        learn((S) { 10, false });
        learn(x);
        tuple<bit<8>, bool> t = f({ 1, true });
        tuple<> e = { };
    }
}
