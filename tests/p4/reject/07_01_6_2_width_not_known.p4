// P4-16 §7.1.6.2: a width is known to the compiler.

control c(in bit<8> n) {
    apply {
        bit<(n)> x; // error
    }
}
