// P4-16 §12.1: the left side is an l-value.

control c(in bit<8> v) {
    apply { v += 1; } // error
}
