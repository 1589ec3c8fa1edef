// P4-16 §15: an argument has its parameter's type.

control inner(inout bit<8> v)(bit<8> k) { apply { v = k; } }
control c(inout bit<8> v) {
    inner(true) i; // error
    apply { i.apply(v); }
}
