// P4-16 §18.3: two instances have tables of two names; names may be changed and hidden.

#include <core.p4>
control Callee(inout bit<8> v) {
    @hidden action a() { v = 1; }
    @name("renamed") table t { key = { v : exact @name("the key"); } actions = { a; } default_action = a(); }
    @name("other_action") action g() { v = 2; }
    apply { t.apply(); if (v == 7) { g(); } }
}
control Caller(inout bit<8> v) {
    Callee() c1;
    @name("second") Callee() c2;
    apply { c1.apply(v); c2.apply(v); }
}
control Simple(inout bit<8> v);
package Top(Simple s);
Top(Caller()) main;
