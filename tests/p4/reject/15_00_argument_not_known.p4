// P4-16 §15: a constructor's arguments are known.

control inner(inout bit<8> v)(bit<8> k) { apply { v = k; } }
control c(inout bit<8> v) {
    bit<8> x = 1;
    inner(x) i; // error
    apply { i.apply(v); }
}
