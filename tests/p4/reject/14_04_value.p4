// P4-16 §14.4: a control has no value.

control inner() { apply { } }
control c(inout bit<8> v) {
    inner() i;
    apply { v = i.apply(); } // error
}
