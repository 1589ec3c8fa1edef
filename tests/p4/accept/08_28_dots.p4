// P4-16 §8.28: three dots stand for all fields that follow or that are not named.

struct S { bit<32> b32; bool b; }
enum int<8> N0 { one = 1, zero = 0, two = 2 }
enum N1 { A, B, C, F }
struct T { S s; N0 n0; N1 n1; }
header H { bit<16> f1; bit<8> f2; }
control c(inout bit<32> v) {
    apply {
        S s0 = ...;
        S s1 = { 1, ... };
        S s2 = { b = true, ... };
        T t0 = ...;
        T t1 = { s = ..., ... };
        T t2 = { { 1, true }, ... };
        tuple<N0, N1> p = { ... };
        H h1 = ...;
        H h2 = { f2 = 5, ... };
        H h3 = { ... };
        v = s0.b32 + s1.b32 + s2.b32 + t0.s.b32 + t1.s.b32 + t2.s.b32;
    }
}
