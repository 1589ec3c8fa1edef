// P4-16 §20.3.3: @name and @hidden, and the identifiers of P4Runtime.

#include <core.p4>
control c(inout bit<8> v) {
    @name("x" ++ "y") action a() { }
    @hidden action b() { }
    @id(0x01000001) action d() { }
    @name("t1") @id(33554433) table t {
        key = { v : exact @name("the.key"); v + 1 : exact @hidden @name("s"); }
        actions = { a; b; d; }
    }
    @hidden table u { actions = { a; } }
    apply { t.apply(); u.apply(); }
}
