// P4-16 §7.1.3: an architecture declares match kinds, in as many declarations as it likes.

#include <core.p4>
match_kind { fuzzy, vague }
match_kind { clear }
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : fuzzy; v + 1 : exact @name("v1"); v + 2 : clear @name("v2"); }
        actions = { a; }
        default_action = a();
    }
    apply { t.apply(); }
}
