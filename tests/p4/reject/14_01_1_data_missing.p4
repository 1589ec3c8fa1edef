// P4-16 §14.1.1: a call supplies all arguments.

control c(inout bit<8> v) {
    action a(in bit<8> x, bit<8> y) { v = x + y; }
    apply { a(1); } // error
}
