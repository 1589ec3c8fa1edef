// P4-16 §20.3.3: the name is a known string.

#include <core.p4>
control c(inout bit<8> v) {
    @name(v) table t { key = { v : exact; } actions = { NoAction; } } // error
    apply { t.apply(); }
}
