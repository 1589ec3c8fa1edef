// P4-16 §11.3: a name is a parameter's.

control inner(inout bit<8> v)(bit<8> k) { apply { v = k; } }
control c(inout bit<8> v) {
    inner(j = 1) i; // error
    apply { i.apply(v); }
}
