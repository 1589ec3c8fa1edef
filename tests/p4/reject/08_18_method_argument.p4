// P4-16 §8.18: isValid takes no argument.

header H { bit<8> x; }
control c(in H h, inout bool b) {
    apply { b = h.isValid(1); } // error
}
