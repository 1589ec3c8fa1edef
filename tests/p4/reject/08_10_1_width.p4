// P4-16 §8.10.1: widths add up.

control c(inout bit<8> x) {
    apply { x = x ++ x; } // error
}
