// P4-16 §14.2.1.1: an extern is no key, as it is not compared.

#include <core.p4>
extern E { E(); void m(); }
control c()(E e) {
    action a() { }
    table t {
        key = { e : exact; } // error
        actions = { a; }
    }
    apply { t.apply(); }
}
