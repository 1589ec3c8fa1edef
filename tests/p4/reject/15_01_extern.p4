// P4-16 §15.1: nor is an extern.

extern E { E(); }
control c(inout bit<8> v) {
    apply { E.apply(v); } // error
}
