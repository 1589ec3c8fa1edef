// P4-16 §14.2.2: its type has no name to be kept with.

control c(inout bit<8> v) {
    action a() { }
    table t { actions = { a; } }
    apply { v = t.apply(); } // error
}
