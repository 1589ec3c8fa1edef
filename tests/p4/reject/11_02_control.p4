// P4-16 §11.2: so is a control.

control inner(inout bit<8> v) { apply { v = 1; } }
control c(inout bit<8> v) {
    inner i; // error
    apply { i.apply(v); }
}
