// P4-16 §7.2.13: a control is no parameter when the program runs.

control C(inout bit<8> v);
control d(inout bit<8> v, C other) { // error
    apply { }
}
