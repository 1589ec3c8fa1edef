// P4-16 §20: one element's annotations of a name are structured or not.

#include <core.p4>
action a() { }
control c() {
    @MixAnno("Anything")
    @MixAnno[k2=5] // error
    table t { actions = { a; } }
    apply { t.apply(); }
}
