// P4-16 §7.3: three dots are the default value of a type.

#include <core.p4>
enum N1 { A, B }
enum int<8> N0 { one = 1, zero = 0 }
header H { bit<16> f1; bit<8> f2; }
header_union U { H h; }
struct S { bit<32> b32; bool b; error e; N1 n1; N0 n0; H h; H[2] hs; U u; tuple<bit<8>, bool> t; }
control c(inout bit<32> v) {
    apply {
        S s = ...;
        bit<32> x = ...;
        bool y = ...;
        N1 n = ...;
        N0 m = ...;
        error e = ...;
        H h = ...;
        if (y && n == N1.A && m == N0.zero && e == error.NoError && !h.isValid()) { v = s.b32 + x; }
    }
}
