// P4-16 §14.2.1.4.1: largest_priority_wins is Boolean.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t {
        key = { v : ternary; }
        actions = { a; }
        largest_priority_wins = 1; // error
        entries = { 1 &&& 1 : a(); }
    }
    apply { t.apply(); }
}
