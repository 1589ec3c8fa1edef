// P4-16 §14: constants, variables, actions, tables, instances and constructor parameters.

#include <core.p4>
extern E { E(); bit<8> get(); }
control inner(inout bit<8> v) { apply { v = v + 1; } }
control c(inout bit<8> v)(bit<8> k, E given) {
    const bit<8> one = 1;
    bit<8> x = one + k;
    E() e;
    inner() i;
    action a(bit<8> y) { v = x + y; }
    table t { key = { v : exact; } actions = { a; } }
    bit<8> after = given.get();
    apply { i.apply(v); t.apply(); v = v + e.get() + after; }
}
control empty() { apply { } }
