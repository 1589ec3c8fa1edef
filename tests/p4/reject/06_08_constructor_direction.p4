// P4-16 §6.8: constructor parameters have no direction.

control c(inout bit<8> v)(in bit<8> k) { // error
    apply { v = k; }
}
