// P4-16 §20.3.3, beyond the text: a table with an absolute name in two instances.

#include <core.p4>
control noargs(inout bit<8> v);
package top(noargs c1, noargs c2);
control c(inout bit<8> v) {
    action a() { v = 1; }
    @name(".foo.bar") table t { key = { v : exact; } actions = { a; } }
    apply { t.apply(); }
}
top(c(), c()) main;
