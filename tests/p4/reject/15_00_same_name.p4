// P4-16 §15: parameters of both lists have different names.

control c(inout bit<8> v)(bit<8> v) { // error
    apply { }
}
