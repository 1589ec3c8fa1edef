// P4-16 §18.1: a constructor's parameter is known, though not locally.

#include <core.p4>
extern void f(bit<8> x);
extern E { E(bit<8> n); void m(); }
control inner(inout bit<8> v)(bit<8> n) { apply { v = v + n; } }
control c(inout bit<8> v)(bit<8> n, tuple<bit<8>, bool> t) {
    inner(n * 2 + 1) i;
    E(t[0]) e;
    apply {
        f(n);
        f(n ++ 4w0 == 12w0 ? 8w1 : n);
        i.apply(v);
        e.m();
    }
}
