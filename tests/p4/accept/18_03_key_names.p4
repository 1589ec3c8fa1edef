// P4-16 §18.3.1.3: keys from whose expressions names are made, and others that have one or are hidden.

#include <core.p4>
header h_t { bit<8> a; bit<8> b; }
struct s_t { h_t h; h_t[2] stack; bit<8>[3] list; }
bit<8> next(in bit<8> v) { return v + 1; }
control c(inout s_t s, inout bit<8> v) {
    table t {
        key = {
            v : exact;
            s.h.a : exact;
            s.h.isValid() : exact;
            s.stack[1].b : exact;
            s.list[v] : exact;
            s.h.b[3:0] : exact;
            s.h.a & 0xf : ternary;
            8w3 + 4 : exact;
            (bit<16>)v : exact;
            v + 1 : exact @name("next");
            next(v) : exact @name("after");
            v == 3 : exact @hidden;
        }
        actions = { NoAction; }
    }
    apply { t.apply(); }
}
