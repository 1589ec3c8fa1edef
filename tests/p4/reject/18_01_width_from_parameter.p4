// P4-16 §18.1: a constructor's parameter is no stack's size.

header H { bit<8> x; }
control c(inout bit<8> v)(bit<8> n) {
    H[n] hs; // error
    apply { v = n; }
}
