// P4-16 §6.6.1: blocks, actions, parsers, controls and declarations with type variables have scopes of their own.

#include <core.p4>
extern E<T> { E(); T get(in T x); }
extern F<T> { F(); T get(in T x); }
struct S { bit<8> x; }
struct R { bit<16> x; }
control c(inout S s, inout R r) {
    action a(bit<8> x) { s.x = x; }
    action b(bit<16> x) { r.x = x; }
    table t { actions = { a; b; } }
    apply {
        {
            bit<8> y = s.x;
            { bit<16> z = r.x; r.x = z + 1; }
            s.x = y;
        }
        {
            bit<16> y = r.x;
            r.x = y;
        }
        t.apply();
    }
}
