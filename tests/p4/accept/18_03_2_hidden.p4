// P4-16 §18.3.2, §20.3.3: what is @hidden needs no name of its own; a name may be a constant string.

#include <core.p4>
const string name = "routes";
control c(inout bit<8> v) {
    @hidden @name("routes") table t { key = { v : exact; } actions = { NoAction; } }
    @name(name) table u { key = { v : exact; } actions = { NoAction; } }
    @name(name ++ "_old") table w { key = { v : exact; } actions = { NoAction; } }
    apply { t.apply(); u.apply(); w.apply(); }
}
