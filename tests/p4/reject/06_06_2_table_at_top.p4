// P4-16 §6.6.2: a table is declared in a control.

action a() {}
table t { actions = { a; } } // error
