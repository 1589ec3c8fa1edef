// P4-16 §18.1: nor a slice's bound.

control c(inout bit<8> v)(bit<8> n) {
    apply { v[3:0] = v[n:0]; } // error
}
