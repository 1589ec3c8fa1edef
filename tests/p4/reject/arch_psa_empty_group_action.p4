// PSA, "Action Selector": the action of empty groups has a value for each of its parameters.
#include <core.p4>

control c(inout bit<8> x) {
    action a(bit<8> value) { x = value; }
    table t {
        key = { x : exact; }
        actions = { a; NoAction; }
        psa_empty_group_action = a;  // error
    }
    apply { t.apply(); }
}
control top(inout bit<8> x);
package device(top c);
device(c()) main;
