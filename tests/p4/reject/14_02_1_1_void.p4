// P4-16 §14.2.1.1: a key has a value.

#include <core.p4>
extern void f();
control c() {
    action a() { }
    table t {
        key = { f() : exact; } // error
        actions = { a; }
    }
    apply { t.apply(); }
}
