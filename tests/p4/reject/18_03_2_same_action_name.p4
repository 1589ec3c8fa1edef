// P4-16 §18.3.2: two actions do not get one name.

#include <core.p4>
control c(inout bit<8> v) {
    @name("same") action a() { v = 1; }
    @name("same") action b() { v = 2; } // error
    table t { key = { v : exact; } actions = { a; b; } }
    apply { t.apply(); }
}
