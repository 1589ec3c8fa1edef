// P4-16 §11.3: a control's constructor takes as many arguments as it has parameters.

control inner(inout bit<8> v)(bit<8> k) { apply { v = k; } }
control c(inout bit<8> v) {
    inner() i; // error
    apply { i.apply(v); }
}
