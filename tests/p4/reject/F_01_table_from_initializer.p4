// P4-16 §F: no table is applied beside the body.

#include <core.p4>
control c(inout bit<8> v) {
    action a() { }
    table t { key = { v : exact; } actions = { a; } }
    bool hit = t.apply().hit; // error
    apply { if (hit) { v = 1; } }
}
