// P4-16 §6.6.2: a table is declared in a control.

#include <core.p4>
action a() {}
table t { actions = { a; } } // error
