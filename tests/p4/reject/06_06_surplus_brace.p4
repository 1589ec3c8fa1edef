// P4-16 §6.6: a '}' too many is told once.

control c(inout bit<8> b) {
    action first() { b = 1; }
    } // error
    table t {
        actions = { first; }
    }
    apply { t.apply(); }
}
control d() { apply { } }
