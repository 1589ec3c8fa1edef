// P4-16 §14.4: a control's arguments have its parameters' types.

control inner(inout bit<8> v) { apply { v = 1; } }
control c(inout bit<16> v) {
    inner() i;
    apply { i.apply(v); } // error
}
