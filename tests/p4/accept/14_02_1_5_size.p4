// P4-16 §14.2.1.5: a number that is known.

#include <core.p4>
const bit<32> sixteen = 16;
control c(inout bit<8> v)(bit<32> n) {
    action a() { }
    table t1 { key = { v : exact; } actions = { a; } size = sixteen * 4; }
    table t2 { key = { v : exact; } actions = { a; } size = n; }
    table t3 { key = { v : exact; } actions = { a; } const size = 7; }
    apply { t1.apply(); t2.apply(); t3.apply(); }
}
