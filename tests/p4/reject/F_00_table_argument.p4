// P4-16 §F: a table is no argument.

#include <core.p4>
extern void f<T>(in T x);
control c(inout bit<8> v) {
    action a() { }
    table t { key = { v : exact; } actions = { a; } }
    apply { f(t); } // error
}
