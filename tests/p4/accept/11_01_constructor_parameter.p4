// P4-16 §11.1: nor a constructor's parameter, which is not known locally.

control c(inout bit<8> v)(bit<8> n) {
    const bit<8> k = n; // error
    apply { v = k; }
}
