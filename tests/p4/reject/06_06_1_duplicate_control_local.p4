// P4-16 §6.6.1: actions and tables of a control have different names.

#include <core.p4>
control c(inout bit<8> v) {
    action t() { v = 1; }
    table t { actions = { t; } } // error
    apply { }
}
