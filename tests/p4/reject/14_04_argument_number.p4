// P4-16 §14.4: and are as many.

control inner(inout bit<8> v) { apply { v = 1; } }
control c(inout bit<8> v) {
    inner() i;
    apply { i.apply(); } // error
}
