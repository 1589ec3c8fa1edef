// P4-16 §11.1: nor a variable.

control c(inout bit<8> v) {
    bit<8> x = 1;
    const bit<8> k = x; // error
    apply { v = k; }
}
