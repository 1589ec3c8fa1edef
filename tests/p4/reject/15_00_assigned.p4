// P4-16 §15: a constructor's parameter is not written.

control c(inout bit<8> v)(bit<8> k) {
    apply { k = v; } // error
}
