// P4-16 §11.2: a variable is declared before it is used.

control c(inout bit<8> v) {
    apply {
        v = x; // error
        bit<8> x = 1;
    }
}
