// P4-16 §18.3.2: a table and an action may have one name, and actions of two controls one absolute name.

#include <core.p4>
control c(inout bit<8> v) {
    @name(".nop") action nop() { }
    action same() { v = 1; }
    @name("same") table t { key = { v : exact; } actions = { nop; same; } }
    apply { t.apply(); }
}
control d(inout bit<8> v) {
    @name(".nop") action nop() { }
    table t { key = { v : exact; } actions = { nop; } }
    apply { t.apply(); }
}
