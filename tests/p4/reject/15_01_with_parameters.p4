// P4-16 §15.1: what has constructor parameters is made before it is applied.

control inner(inout bit<8> v)(bit<8> k) { apply { v = k; } }
control c(inout bit<8> v) {
    apply { inner.apply(v); } // error
}
