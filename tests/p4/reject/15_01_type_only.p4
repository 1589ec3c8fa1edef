// P4-16 §15.1: a type of controls is not applied.

control C(inout bit<8> v);
control c(inout bit<8> v) {
    apply { C.apply(v); } // error
}
