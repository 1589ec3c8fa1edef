// P4-16 §14.2.1.2: arguments for directions are in the list; an action may be another scope's.

#include <core.p4>
action outer(in bit<8> x) { }
control c(inout bit<8> v, inout bit<8> z) {
    action a(in bit<8> x) { v = x; }
    action b(inout bit<8> x, bit<8> data) { x = data; }
    action with_data(bit<8> x) { v = x; }
    action only_default() { }
    table t {
        key = { v : exact; }
        actions = { a(5); b(z); .outer(v + 1); NoAction; @tableonly with_data; @defaultonly only_default; }
        default_action = only_default();
    }
    apply { t.apply(); }
}
