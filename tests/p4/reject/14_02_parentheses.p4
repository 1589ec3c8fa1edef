// P4-16 §14.2: a table has no parameters, not even none.

control c(inout bit<8> x) {
    action set() { x = 1; }
    table t() { // error
        actions = { set; }
    }
    apply { t.apply(); }
}
