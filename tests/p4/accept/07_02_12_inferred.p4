// P4-16 §7.2.12: type arguments are inferred where they can be.

extern void f<T>(in T x);
extern T id<T>(in T x);
extern void pair<A, B>(in A a, in B b, out A c);
bit<8> g(in bit<8> x) { return id(x); }
T twice<T>(in T x) { return x; }
control c(inout bit<8> v, inout bit<16> w) {
    apply {
        f(v);
        f(8w1);
        f<bit<4>>(1);
        f({ v, w });
        v = id(v) + twice(v);
        pair(v, w, v);
        pair<bit<16>, bool>(1, true, w);
        w = twice<bit<16>>(5);
    }
}
