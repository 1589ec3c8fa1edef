// P4-16 §14.2.1.3: one of the actions, with all its data.

#include <core.p4>
control c(inout bit<8> v, inout bit<8> z) {
    action a(in bit<8> x) { v = x; }
    action b(inout bit<8> x, bit<8> data) { x = data; }
    action d(bit<8> data, bool flag) { }
    table t1 { key = { v : exact; } actions = { a(5); b(z); d; } default_action = a(5); }
    table t2 { key = { v : exact; } actions = { a(5); b(z); d; } const default_action = b(z, 8w8); }
    table t3 { key = { v : exact; } actions = { d; NoAction; } default_action = d(1, true); }
    table t4 { key = { v : exact; } actions = { d; NoAction; } default_action = NoAction; }
    table t5 { key = { v : exact; } actions = { d; } default_action = d(flag = false, data = 2); }
    table t6 { key = { v : exact; } actions = { d; } }
    apply { t1.apply(); t2.apply(); t3.apply(); t4.apply(); t5.apply(); t6.apply(); }
}
