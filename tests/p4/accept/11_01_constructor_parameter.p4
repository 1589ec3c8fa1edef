// P4-16 §11.1, beyond the text: a constant from a constructor's parameter, known when the instance is made.

control c(inout bit<8> v)(bit<8> n) {
    const bit<8> k = n;
    apply { v = k; }
}
