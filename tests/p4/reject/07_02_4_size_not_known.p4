// P4-16 §7.2.4: a stack's size is known to the compiler.

header H { bit<8> x; }
control c(in bit<8> n) {
    H[n] hs; // error
    apply { }
}
