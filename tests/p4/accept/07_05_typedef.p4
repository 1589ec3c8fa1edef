// P4-16 §7.5: another name for a type; structures may be declared in passing.

header Empty_h { }
typedef bit<32> u32;
typedef u32 address;
typedef struct Point { int<32> x; int<32> y; } Pt;
typedef Empty_h[32] HeaderStack;
struct S<T> { T field; }
typedef S<bit<32>> X;
typedef error Err;
typedef bool Flag;
typedef tuple<u32, Flag> Pair;
enum E { a }
typedef E F;
control c(inout address a, inout Pt p, inout Point q, inout X x) {
    apply {
        u32 b = a;
        bit<32> d = b + 1;
        a = d;
        p = q;
        x.field = a;
        F f = E.a;
        if (f == F.a) { p.x = 1; }
    }
}
