// P4-16 §6.6: a '}' that is missing is told once, where the next declaration begins.

control c(inout bit<8> b) {
    action first() { b = 1; // error
    action second() { b = 2; }
    table t {
        actions = { first; second; }
    }
    apply { t.apply(); }
}
control d() { apply { } }
