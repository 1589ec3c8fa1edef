// P4-16 §14.1: nor a control.

control inner() { apply { } }
control c() {
    inner() i;
    action b() { i.apply(); } // error
    apply { b(); }
}
